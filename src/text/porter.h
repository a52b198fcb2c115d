// Word stems as rouge_score takes them.

#ifndef ASSAY_TEXT_PORTER_H_
#define ASSAY_TEXT_PORTER_H_

#include <string>

namespace assay {

// Replaces `word` by its stem, which is never longer.
//
// `word`  lower-case ASCII letters and digits, any length.
// Value: nltk.stem.PorterStemmer().stem(word), mode NLTK_EXTENSIONS.
// Thread-safe. Linear in the size of the word.
// Source: Porter, "An algorithm for suffix stripping", 1980, with the changes of
// nltk/stem/porter.py 3.8.1.
void PorterStem(std::string& word);

}  // namespace assay

#endif  // ASSAY_TEXT_PORTER_H_
