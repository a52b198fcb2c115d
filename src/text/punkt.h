// Sentences: Punkt for English as NLTK 3.8.1 runs it.

#ifndef ASSAY_TEXT_PUNKT_H_
#define ASSAY_TEXT_PUNKT_H_

#include <string_view>
#include <vector>

namespace assay {

// Appends the sentences of `text` to `sentences`, as views into `text`, in order; the white space
// between them is left out.
//
// `text`  UTF-8; ill-formed bytes are read as U+FFFD.
// Value: PunktSentenceTokenizer(English parameters).tokenize(text), boundaries realigned.
// Thread-safe. Linear in the size of the text.
// Source: Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection", 2006, in the
// form of nltk/tokenize/punkt.py 3.8.1 on CPython 3.11.
void AppendSentences(std::string_view text, std::vector<std::string_view>& sentences);

}  // namespace assay

#endif  // ASSAY_TEXT_PUNKT_H_
