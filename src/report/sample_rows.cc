#include "report/sample_rows.h"

#include <algorithm>

#include "base/format.h"
#include "report/number_format.h"

namespace assay {
namespace {

constexpr std::size_t kParts = 4;

class Chooser {
 public:
  Chooser(const std::vector<SampleRow>& rows, std::size_t most)
      : rows_(rows), most_(std::min(most, rows.size())), taken_(rows.size(), false) {}

  std::vector<ChosenRow> Choose() {
    if (most_ == rows_.size()) return All();
    TakeRemarked(most_ / kParts);
    const std::vector<std::size_t> ranked = Ranked();
    const std::size_t share = (most_ - chosen_.size()) / 3;
    TakeFrom(ranked, share, "worst");
    TakeFrom({ranked.rbegin(), ranked.rend()}, share, "best");
    TakeFrom(FromTheMiddle(ranked), most_ - chosen_.size(), "typical");
    std::vector<std::size_t> rest(rows_.size());
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = i;
    TakeFrom(rest, most_ - chosen_.size(), "not scored");
    return std::move(chosen_);
  }

 private:
  [[nodiscard]] std::vector<ChosenRow> All() const {
    std::vector<ChosenRow> all;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      all.push_back({i, rows_[i].remark.empty() ? "" : "finding"});
    }
    return all;
  }

  void TakeRemarked(std::size_t most) {
    std::vector<std::size_t> remarked;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!rows_[i].remark.empty()) remarked.push_back(i);
    }
    TakeFrom(remarked, most, "finding");
  }

  // Scored rows that are not taken, from the lowest ROUGE-L on.
  [[nodiscard]] std::vector<std::size_t> Ranked() const {
    std::vector<std::size_t> ranked;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].score && !taken_[i]) ranked.push_back(i);
    }
    std::stable_sort(ranked.begin(), ranked.end(), [this](std::size_t a, std::size_t b) {
      return rows_[a].score->rougeL.fmeasure < rows_[b].score->rougeL.fmeasure;
    });
    return ranked;
  }

  static std::vector<std::size_t> FromTheMiddle(const std::vector<std::size_t>& ranked) {
    std::vector<std::size_t> order;
    const std::size_t middle = ranked.size() / 2;
    for (std::size_t step = 0; order.size() < ranked.size(); ++step) {
      if (middle + step < ranked.size()) order.push_back(ranked[middle + step]);
      if (step > 0 && step <= middle) order.push_back(ranked[middle - step]);
    }
    return order;
  }

  void TakeFrom(const std::vector<std::size_t>& order, std::size_t most, const char* why) {
    std::size_t count = 0;
    for (const std::size_t row : order) {
      if (count == most) return;
      if (taken_[row]) continue;
      taken_[row] = true;
      chosen_.push_back({row, why});
      ++count;
    }
  }

  const std::vector<SampleRow>& rows_;
  std::size_t most_;
  std::vector<bool> taken_;
  std::vector<ChosenRow> chosen_;
};

}  // namespace

std::string ChoiceRule(std::size_t most) {
  return fmt::format(
      "Up to {0} samples are shown with their texts: those about which something was found (at "
      "most a quarter), then in equal parts the worst and the best by ROUGE-L and those around the "
      "median.",
      FormatCount(most));
}

std::vector<ChosenRow> ChooseRows(const std::vector<SampleRow>& rows, std::size_t most) {
  return Chooser(rows, most).Choose();
}

}  // namespace assay
