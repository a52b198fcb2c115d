#include "tokenizer/gguf.h"

#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/format.h"
#include "base/hash.h"

namespace assay::tok {
namespace {

enum class Type : std::uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
};
constexpr std::uint32_t kTypes = 13;
constexpr std::uint64_t kMaxKeyBytes = 65535;

// Thrown nowhere: the state of a cursor that ran past the bytes at hand.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  // After a read past the end every read yields zeros, and short() says so.
  [[nodiscard]] bool short_of_bytes() const { return short_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::string_view Since(std::size_t offset) const {
    return bytes_.substr(offset, offset_ - offset);
  }

  template <typename T>
  T Read() {
    static_assert(std::endian::native == std::endian::little && std::is_arithmetic_v<T>);
    T value{};
    const std::string_view raw = ReadBytes(sizeof(T));
    if (!short_) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }

  std::string_view ReadBytes(std::uint64_t size) {
    if (short_ || size > bytes_.size() - offset_) {
      short_ = true;
      return {};
    }
    const std::string_view raw = bytes_.substr(offset_, static_cast<std::size_t>(size));
    offset_ += static_cast<std::size_t>(size);
    return raw;
  }

  std::string_view ReadString() { return ReadBytes(Read<std::uint64_t>()); }

 private:
  std::string_view bytes_;
  std::size_t offset_ = 0;
  bool short_ = false;
};

bool IsSignedType(Type type) {
  return type == Type::kInt8 || type == Type::kInt16 || type == Type::kInt32 ||
         type == Type::kInt64;
}

std::uint64_t SizeOf(Type type) {
  switch (type) {
    case Type::kUint8:
    case Type::kInt8:
    case Type::kBool:
      return 1;
    case Type::kUint16:
    case Type::kInt16:
      return 2;
    case Type::kUint32:
    case Type::kInt32:
    case Type::kFloat32:
      return 4;
    default:
      return 8;
  }
}

// The bits of an integer or a boolean, sign-extended.
std::int64_t ReadInteger(Type type, Cursor* in) {
  switch (type) {
    case Type::kUint8:
    case Type::kBool:
      return in->Read<std::uint8_t>();
    case Type::kInt8:
      return in->Read<std::int8_t>();
    case Type::kUint16:
      return in->Read<std::uint16_t>();
    case Type::kInt16:
      return in->Read<std::int16_t>();
    case Type::kUint32:
      return in->Read<std::uint32_t>();
    case Type::kInt32:
      return in->Read<std::int32_t>();
    default:
      return in->Read<std::int64_t>();
  }
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::function<bool(std::string_view)>& wanted,
         std::string_view where)
      : in_(bytes), wanted_(wanted), where_(where) {}

  Result<std::optional<GgufMetadata>> Run() {
    if (in_.ReadBytes(4) != "GGUF") return Bad("the four bytes \"GGUF\"");
    metadata_.version = in_.Read<std::uint32_t>();
    if (metadata_.version != 2 && metadata_.version != 3 && !in_.short_of_bytes()) {
      return MakeError(ErrorCode::kUnsupported, "{}: GGUF version {} (expected 2 or 3)", where_,
                       metadata_.version);
    }
    in_.Read<std::uint64_t>();  // the number of tensors
    const auto entries = in_.Read<std::uint64_t>();
    for (std::uint64_t i = 0; i < entries && !in_.short_of_bytes(); ++i) {
      ASSAY_RETURN_IF_ERROR(ReadEntry());
    }
    if (in_.short_of_bytes()) return std::optional<GgufMetadata>();
    metadata_.wanted_sha256 = Sha256Hex(wanted_bytes_);
    return std::optional(std::move(metadata_));
  }

 private:
  [[nodiscard]] Error Bad(std::string_view expected) const {
    return MakeError(ErrorCode::kParse, "{}: at byte {}: expected {}", where_, in_.offset(),
                     expected);
  }

  Status ReadEntry() {
    const std::size_t begin = in_.offset();
    const auto key_size = in_.Read<std::uint64_t>();
    if (key_size > kMaxKeyBytes) return Bad("a key of at most 65535 bytes before here");
    const std::string key(in_.ReadBytes(key_size));
    ASSAY_ASSIGN_OR_RETURN(const Type type, ReadType());
    const bool keep = wanted_(key);
    ASSAY_ASSIGN_OR_RETURN(auto value, ReadValue(type, keep));
    if (!keep || in_.short_of_bytes()) return Ok{};
    wanted_bytes_ += in_.Since(begin);
    if (value && !metadata_.values.emplace(key, *std::move(value)).second) {
      return Bad(fmt::format("no second entry \"{}\" before here", key));
    }
    return Ok{};
  }

  Result<Type> ReadType() {
    const auto number = in_.Read<std::uint32_t>();
    if (number >= kTypes) return Bad(fmt::format("a type below {} before here", kTypes));
    return static_cast<Type>(number);
  }

  Result<std::optional<GgufValue>> ReadValue(Type type, bool keep) {
    std::optional<GgufValue> value;
    switch (type) {
      case Type::kArray:
        return ReadArray(keep);
      case Type::kString:
        if (const auto text = in_.ReadString(); keep) value = std::string(text);
        break;
      case Type::kFloat32:
        value = static_cast<double>(in_.Read<float>());
        break;
      case Type::kFloat64:
        value = in_.Read<double>();
        break;
      case Type::kBool:
        value = in_.Read<std::uint8_t>() != 0;
        break;
      default:
        if (const std::int64_t bits = ReadInteger(type, &in_); IsSignedType(type)) {
          value = bits;
        } else {
          value = static_cast<std::uint64_t>(bits);
        }
    }
    return value;
  }

  Result<std::optional<GgufValue>> ReadArray(bool keep) {
    ASSAY_ASSIGN_OR_RETURN(const Type type, ReadType());
    const auto count = in_.Read<std::uint64_t>();
    if (type == Type::kArray) return Bad("no array of arrays before here");
    if (type == Type::kString) return ReadStrings(count, keep);
    const std::uint64_t size = SizeOf(type);
    if (count > UINT64_MAX / size) return Bad("an array that fits a file before here");
    if (!keep || type == Type::kFloat32 || type == Type::kFloat64) {
      in_.ReadBytes(count * size);
      return std::optional<GgufValue>();
    }
    Cursor items(in_.ReadBytes(count * size));
    std::vector<std::int64_t> numbers;
    for (std::uint64_t i = 0; i < count && !in_.short_of_bytes(); ++i) {
      numbers.push_back(ReadInteger(type, &items));
    }
    return std::optional<GgufValue>(std::move(numbers));
  }

  Result<std::optional<GgufValue>> ReadStrings(std::uint64_t count, bool keep) {
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i < count && !in_.short_of_bytes(); ++i) {
      const std::string_view text = in_.ReadString();
      if (keep) texts.emplace_back(text);
    }
    if (!keep) return std::optional<GgufValue>();
    return std::optional<GgufValue>(std::move(texts));
  }

  Cursor in_;
  const std::function<bool(std::string_view)>& wanted_;
  std::string_view where_;
  GgufMetadata metadata_;
  std::string wanted_bytes_;
};

}  // namespace

Result<std::optional<GgufMetadata>> ParseGgufMetadata(
    std::string_view bytes, const std::function<bool(std::string_view key)>& wanted,
    std::string_view where) {
  return Reader(bytes, wanted, where).Run();
}

}  // namespace assay::tok
