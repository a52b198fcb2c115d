// A report before it is a terminal page or a Markdown file: sections of fields, tables and
// findings. Texts are raw here; whoever renders them makes them safe for its medium.

#ifndef ASSAY_REPORT_DOCUMENT_H_
#define ASSAY_REPORT_DOCUMENT_H_

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace assay {

enum class Tone { kPlain, kStrong, kGood, kBad, kCaution, kQuiet };

struct Text {
  Text() = default;
  // Implicit: most texts are plain words of our own.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Text(std::string words, Tone its_tone = Tone::kPlain, bool is_foreign = false)
      : text(std::move(words)), tone(its_tone), foreign(is_foreign) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Text(const char* words) : text(words) {}

  std::string text;
  Tone tone = Tone::kPlain;
  bool foreign = false;  // from a file, a model or a server; not our words
};

// A name, a path, a text that comes from outside.
[[nodiscard]] inline Text Foreign(std::string text, Tone tone = Tone::kPlain) {
  return {std::move(text), tone, true};
}

// A label and what belongs to it, in parts.
struct Field {
  std::string label;
  std::vector<Text> parts;
};
struct Fields {
  std::vector<Field> fields;
};

struct Column {
  std::string title;
  bool right = true;  // numbers stand right
};
// Every row has as many cells as there are columns.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Text>> rows;
};

struct Paragraph {
  std::vector<Text> parts;  // a blank between them
};

struct Item {
  Text heading;
  std::vector<Field> details;
};
struct Items {
  Text title;
  std::vector<Item> items;
};

using Block = std::variant<Fields, Table, Paragraph, Items>;

struct Section {
  std::string title;
  Text subtitle;  // beside the title; may be empty
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  Text subtitle;
  std::vector<Section> sections;
};

}  // namespace assay

#endif  // ASSAY_REPORT_DOCUMENT_H_
