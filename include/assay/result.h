// Result<T>: the value of an operation that can fail for reasons outside the program.

#ifndef ASSAY_RESULT_H_
#define ASSAY_RESULT_H_

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace assay {

enum class ErrorCode : int {
  kInvalidArgument = 1,  // the caller's configuration or command line
  kParse,                // malformed bytes in a file or on the wire
  kIo,                   // the operating system or the network
  kUnavailable,          // the system under test refused or timed out
  kUnsupported,          // well-formed, but asks for something Assay does not do
  kInterrupted,          // the user stopped it
};

struct Error {
  ErrorCode code;
  // One line, no trailing full stop: what was read, where (file:line or byte offset), what was
  // expected.
  std::string message;
};

// Holds a T or an Error. The member names are those of std::expected, so that a later move to
// C++23 is a change of alias (GCC 12 has std::expected only under -std=c++23).
template <typename T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<T, Error>);

 public:
  // Implicit, so that `return value;` and `return Error{...};` both read plainly.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : rep_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : rep_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return rep_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // REQUIRES: has_value(). Throws std::bad_variant_access otherwise, in every build type.
  [[nodiscard]] const T& value() const& { return std::get<0>(rep_); }
  [[nodiscard]] T& value() & { return std::get<0>(rep_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(rep_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  // REQUIRES: !has_value().
  [[nodiscard]] const Error& error() const& { return std::get<1>(rep_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(rep_)); }

 private:
  std::variant<T, Error> rep_;
};

// The value of an operation that has none: `return Ok{};`.
struct Ok {};
using Status = Result<Ok>;

}  // namespace assay

#define ASSAY_CONCAT_INNER(a, b) a##b
#define ASSAY_CONCAT(a, b) ASSAY_CONCAT_INNER(a, b)

// ASSAY_ASSIGN_OR_RETURN(auto x, F()): the value of F() in x, or returns F()'s error.
#define ASSAY_ASSIGN_OR_RETURN(lhs, expr) \
  ASSAY_ASSIGN_OR_RETURN_IMPL(ASSAY_CONCAT(assay_result_, __LINE__), lhs, expr)
#define ASSAY_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr)    \
  auto tmp = (expr);                                   \
  if (!tmp.has_value()) return std::move(tmp).error(); \
  lhs = std::move(tmp).value()

// ASSAY_RETURN_IF_ERROR(F()): returns F()'s error, if it is one.
#define ASSAY_RETURN_IF_ERROR(expr)                            \
  do {                                                         \
    if (auto assay_status = (expr); !assay_status.has_value()) \
      return std::move(assay_status).error();                  \
  } while (false)

#endif  // ASSAY_RESULT_H_
