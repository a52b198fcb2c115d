#include "dataset/near_duplicates.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <numeric>
#include <unordered_set>
#include <utility>

namespace assay {
namespace {

constexpr std::size_t kWordsPerShingle = 5;
// The least similarity of near-duplicates as a fraction, 4 / 5.
constexpr std::size_t kLeastCommon = 4;
constexpr std::size_t kOfAll = 5;
constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr std::uint64_t kFnvPrime = 0x100000001b3;

// One shingle of one article.
struct Occurrence {
  std::uint64_t shingle;
  std::uint32_t article;
  // NOLINTNEXTLINE(modernize-use-nullptr): sees a 0 in what the compiler makes of this
  auto operator<=>(const Occurrence&) const = default;
};

// An article's shingles that occur elsewhere too, as ranks: the rarest shingle of all has rank 0.
struct Article {
  std::size_t shingles = 0;           // with those that occur in this article only
  std::vector<std::uint32_t> shared;  // ascending
};

struct Corpus {
  std::vector<Article> articles;
  std::size_t ranks = 0;
  double boilerplate_share = 0;
};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::uint64_t Extend(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * kFnvPrime;
  return hash ^ (hash >> 29U);
}

std::uint64_t HashOfBytes(std::string_view bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), kFnvOffset, [](std::uint64_t hash, char c) {
    return Extend(hash, static_cast<unsigned char>(c));
  });
}

std::uint64_t HashOfWords(std::span<const std::uint64_t> words) {
  return std::accumulate(words.begin(), words.end(), kFnvOffset, Extend);
}

// The hashes of the words of `text`, in order.
std::vector<std::uint64_t> WordsOf(std::string_view text) {
  std::vector<std::uint64_t> words;
  std::uint64_t hash = kFnvOffset;
  bool has_letter = false;
  for (const char c : text) {
    if (IsLetter(c)) {
      hash = Extend(hash, static_cast<unsigned char>(ToLower(c)));
      has_letter = true;
    } else {
      if (has_letter) words.push_back(hash);
      hash = kFnvOffset;
      has_letter = false;
    }
  }
  if (has_letter) words.push_back(hash);
  return words;
}

void AddOccurrences(std::string_view text, std::uint32_t article, std::vector<Occurrence>& out) {
  const std::vector<std::uint64_t> words = WordsOf(text);
  if (words.empty()) {
    out.push_back({HashOfBytes(text), article});
    return;
  }
  const std::size_t length = std::min(words.size(), kWordsPerShingle);
  for (std::size_t i = 0; i + length <= words.size(); ++i) {
    out.push_back({HashOfWords(std::span(words).subspan(i, length)), article});
  }
}

Corpus MakeCorpus(std::span<const std::string_view> texts) {
  std::vector<Occurrence> occurrences;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    AddOccurrences(texts[i], static_cast<std::uint32_t>(i), occurrences);
  }
  std::sort(occurrences.begin(), occurrences.end());
  occurrences.erase(std::unique(occurrences.begin(), occurrences.end()), occurrences.end());

  Corpus corpus;
  corpus.articles.resize(texts.size());
  std::vector<std::span<const Occurrence>> shared;  // a run of each shingle of several articles
  std::size_t boilerplate = 0;
  for (std::size_t begin = 0, end = 0; begin < occurrences.size(); begin = end) {
    while (end < occurrences.size() && occurrences[end].shingle == occurrences[begin].shingle) {
      ++corpus.articles[occurrences[end++].article].shingles;
    }
    const std::span<const Occurrence> run = std::span(occurrences).subspan(begin, end - begin);
    if (run.size() < 2) continue;
    shared.push_back(run);
    if (run.size() * 2 >= texts.size()) boilerplate += run.size();
  }
  std::stable_sort(shared.begin(), shared.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  for (const auto& run : shared) {
    for (const Occurrence& o : run) {
      corpus.articles[o.article].shared.push_back(static_cast<std::uint32_t>(corpus.ranks));
    }
    ++corpus.ranks;
  }
  corpus.boilerplate_share =
      static_cast<double>(boilerplate) / static_cast<double>(occurrences.size());
  return corpus;
}

std::size_t CeilDiv(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

// Of two articles with at least `least_common` shingles in common, both taken from the rarest on,
// the first common one stands among the first n - least_common + 1 of each: only these need to be
// looked up. (Prefix filtering: Chaudhuri, Ganti, Kaushik, "A Primitive Operator for Similarity
// Joins in Data Cleaning", ICDE 2006; the bounds below: Xiao et al., "Efficient Similarity Joins
// for Near Duplicate Detection", WWW 2008.)
std::span<const std::uint32_t> Prefix(const Article& article, std::size_t least_common) {
  const std::size_t prefix = article.shingles - least_common + 1;
  const std::size_t alone = article.shingles - article.shared.size();  // these are the rarest
  return std::span(article.shared).first(prefix > alone ? prefix - alone : 0);
}

// Enough to find any near-duplicate.
std::span<const std::uint32_t> PrefixForAny(const Article& article) {
  return Prefix(article, CeilDiv(article.shingles * kLeastCommon, kOfAll));
}

// Enough to be found by near-duplicates that are not smaller.
std::span<const std::uint32_t> PrefixForLarger(const Article& article) {
  return Prefix(article, CeilDiv(article.shingles * 2 * kLeastCommon, kLeastCommon + kOfAll));
}

// The Jaccard similarity, or nullopt below that of near-duplicates.
std::optional<double> Similarity(const Article& a, const Article& b) {
  const std::size_t both = a.shingles + b.shingles;
  const std::size_t least_common = CeilDiv(both * kLeastCommon, kLeastCommon + kOfAll);
  std::size_t common = 0;
  auto i = a.shared.begin();
  auto j = b.shared.begin();
  while (true) {
    const auto rest = static_cast<std::size_t>(std::min(a.shared.end() - i, b.shared.end() - j));
    if (common + rest < least_common) return std::nullopt;
    if (rest == 0) break;
    if (*i == *j) {
      ++common;
      ++i;
      ++j;
    } else if (*i < *j) {
      ++i;
    } else {
      ++j;
    }
  }
  return static_cast<double>(common) / static_cast<double>(both - common);
}

// Articles that can be asked for their most similar one.
class Index {
 public:
  explicit Index(const Corpus& corpus)
      : corpus_(corpus),
        postings_(corpus.ranks),
        asked_by_(corpus.articles.size(), std::numeric_limits<std::uint32_t>::max()) {}

  void Add(std::uint32_t article, std::span<const std::uint32_t> prefix) {
    for (const std::uint32_t rank : prefix) postings_[rank].push_back(article);
  }

  struct Match {
    std::uint32_t article;
    double similarity;
  };

  // The most similar near-duplicate of `article`, the earlier one of two alike.
  std::optional<Match> MostSimilar(std::uint32_t article) {
    std::optional<Match> best;
    for (const std::uint32_t rank : PrefixForAny(corpus_.articles[article])) {
      for (const std::uint32_t other : postings_[rank]) {
        if (std::exchange(asked_by_[other], article) == article) continue;
        const auto similarity = Similarity(corpus_.articles[article], corpus_.articles[other]);
        if (!similarity.has_value()) continue;
        if (!best.has_value() || *similarity > best->similarity ||
            (*similarity >= best->similarity && other < best->article)) {
          best = {other, *similarity};
        }
      }
    }
    return best;
  }

 private:
  const Corpus& corpus_;
  std::vector<std::vector<std::uint32_t>> postings_;
  std::vector<std::uint32_t> asked_by_;
};

class Clustering {
 public:
  explicit Clustering(const Corpus& corpus)
      : corpus_(corpus), opener_(corpus.articles.size()), clusters_(corpus.articles.size()) {}

  std::vector<NearDuplicateCluster> Run() && {
    JoinOpeners();
    JoinMembers();
    std::erase_if(clusters_, [](const auto& c) { return c.articles.size() < 2; });
    for (auto& cluster : clusters_) std::sort(cluster.articles.begin(), cluster.articles.end());
    std::sort(clusters_.begin(), clusters_.end(), [](const auto& a, const auto& b) {
      if (a.articles.size() != b.articles.size()) return a.articles.size() > b.articles.size();
      return a.articles.front() < b.articles.front();
    });
    return std::move(clusters_);
  }

 private:
  void JoinOpeners() {
    std::vector<std::uint32_t> by_size(corpus_.articles.size());
    std::iota(by_size.begin(), by_size.end(), 0U);
    std::stable_sort(by_size.begin(), by_size.end(), [this](std::uint32_t a, std::uint32_t b) {
      return corpus_.articles[a].shingles < corpus_.articles[b].shingles;
    });
    Index openers(corpus_);
    for (const std::uint32_t i : by_size) {
      const auto match = openers.MostSimilar(i);
      if (!match.has_value()) openers.Add(i, PrefixForLarger(corpus_.articles[i]));
      Join(i, match.value_or(Index::Match{i, 1}));
    }
  }

  // Openers were compared with one another: what stands alone can be close to a later member only.
  void JoinMembers() {
    const auto count = static_cast<std::uint32_t>(corpus_.articles.size());
    Index members(corpus_);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (opener_[i] != i) members.Add(i, PrefixForAny(corpus_.articles[i]));
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      if (clusters_[i].articles.size() != 1) continue;
      const auto match = members.MostSimilar(i);
      if (!match.has_value()) continue;
      clusters_[i].articles.clear();
      Join(i, *match);
    }
  }

  void Join(std::uint32_t article, const Index::Match& match) {
    opener_[article] = match.article == article ? article : opener_[match.article];
    NearDuplicateCluster& cluster = clusters_[opener_[article]];
    cluster.articles.push_back(article);
    cluster.least_similarity = std::min(cluster.least_similarity, match.similarity);
  }

  const Corpus& corpus_;
  std::vector<std::uint32_t> opener_;           // of each article's cluster
  std::vector<NearDuplicateCluster> clusters_;  // by the article that opened it
};

std::uint64_t CountExactCopies(std::span<const std::string_view> articles) {
  const std::unordered_set<std::string_view> distinct(articles.begin(), articles.end());
  return articles.size() - distinct.size();
}

}  // namespace

NearDuplicates FindNearDuplicates(std::span<const std::string_view> articles) {
  NearDuplicates found;
  found.articles = articles.size();
  if (articles.empty()) return found;
  const Corpus corpus = MakeCorpus(articles);
  found.exact_copies = CountExactCopies(articles);
  found.boilerplate_share = corpus.boilerplate_share;
  found.clusters = Clustering(corpus).Run();
  for (const auto& cluster : found.clusters) found.near_duplicates += cluster.articles.size();
  found.share = static_cast<double>(found.near_duplicates) / static_cast<double>(found.articles);
  return found;
}

}  // namespace assay
