// The classes of transformers that add to what a tokenizer.json says, or change it.

#ifndef ASSAY_TOKENIZER_TOKENIZER_CLASS_H_
#define ASSAY_TOKENIZER_TOKENIZER_CLASS_H_

#include <string_view>

namespace assay::tok {

struct TokenizerClass {
  enum class Frame { kNone, kNoneNorBosTold, kBosUnlessTold, kAsTold };
  enum class PrefixSpace { kNone, kReplaced, kTurnedOn, kRebuilds };

  std::string_view name;  // without "Fast" at its end
  // Does it put BOS and EOS around a text itself, as add_bos_token and add_eos_token say? There is
  // one that does not and refuses to be told.
  Frame frame = Frame::kNone;
  // What becomes of add_prefix_space: replaced in a ByteLevel that stands alone; turned on in every
  // step; given at all, the tokenizer is made anew from other files.
  PrefixSpace prefix_space = PrefixSpace::kNone;
  // A special token that is given as its text has the flags of one that is given as an object.
  bool sets_flags = false;
  // A pad_token that the settings do not name is the tokenizer's own padding's, if it has one.
  bool takes_padding = false;
  // The special tokens that it has where the settings do not name them; empty: none.
  std::string_view bos{}, eos{}, unk{}, pad{};

  // The special token of a member of tokenizer_config.json: "bos_token", ...
  [[nodiscard]] std::string_view Default(std::string_view member) const;
};

// `name`: without "Fast". Value: nullptr: a class that is not known here.
[[nodiscard]] const TokenizerClass* FindTokenizerClass(std::string_view name);

// The class for a model_type of config.json, where no file names one. Value: nullptr: none that is
// known here.
[[nodiscard]] const TokenizerClass* ClassOfModel(std::string_view model_type);

}  // namespace assay::tok

#endif  // ASSAY_TOKENIZER_TOKENIZER_CLASS_H_
