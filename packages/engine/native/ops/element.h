// The element types of our kernels, loaded and stored one by one or sixteen at a time. Arithmetic is always in float.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX512BF16__) && defined(__AVX512VL__)
#include <immintrin.h>
#endif

#include "tensorflow/c/tf_datatype.h"

namespace podium {

struct Bfloat16 {
  uint16_t bits;
};

// The compiler's vector types: it maps them to the registers of the CPU.
constexpr int64_t kLanes = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef uint32_t Words __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));

template <typename To, typename From>
inline To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From), "bit_cast needs equal sizes");
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// Value is float or Floats; BitsOf<Value> is the unsigned integer type of the same size.
template <typename Value>
struct Bits;
template <>
struct Bits<float> {
  typedef uint32_t type;
};
template <>
struct Bits<Floats> {
  typedef Words type;
};
template <typename Value>
using BitsOf = typename Bits<Value>::type;

template <typename Value>
inline Value splat(float value) {
  return Value{} + value;
}

// Rounds to nearest, ties to even, as TensorFlow and PyTorch do; the result is in the low half of each word.
template <typename Value>
inline BitsOf<Value> round_to_bfloat16(Value value) {
  const BitsOf<Value> bits = bit_cast<BitsOf<Value>>(value);
  const BitsOf<Value> rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const BitsOf<Value> not_a_number = BitsOf<Value>{} + 0x7fc0u;
  return value == value ? rounded : not_a_number;
}

template <typename Value, typename T>
inline Value load(const T* p);
template <>
inline float load<float>(const float* p) {
  return *p;
}
template <>
inline float load<float>(const Bfloat16* p) {
  return bit_cast<float>(static_cast<uint32_t>(p->bits) << 16);
}
template <>
inline Floats load<Floats>(const float* p) {
  Floats value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
template <>
inline Floats load<Floats>(const Bfloat16* p) {
  Halves halves;
  std::memcpy(&halves, p, sizeof halves);
  return bit_cast<Floats>(__builtin_convertvector(halves, Words) << 16);
}

inline void store(float* p, float value) { *p = value; }
inline void store(Bfloat16* p, float value) { p->bits = static_cast<uint16_t>(round_to_bfloat16(value)); }
inline void store(float* p, Floats value) { std::memcpy(p, &value, sizeof value); }
inline void store(Bfloat16* p, Floats value) {
#if defined(__AVX512BF16__) && defined(__AVX512VL__)
  const __m256bh halves = _mm512_cvtneps_pbh(bit_cast<__m512>(value));
#else
  const Halves halves = __builtin_convertvector(round_to_bfloat16(value), Halves);
#endif
  std::memcpy(p, &halves, sizeof halves);
}

// Calls `body(i, tag)` for each full group of sixteen in [0, n), with a tag of type Floats, then for each remaining
// element, with a tag of type float.
template <typename Body>
inline void for_lanes(int64_t n, const Body& body) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, Floats{});
  for (; i < n; i++) body(i, 0.0f);
}

template <typename T>
struct TypeOf;
template <>
struct TypeOf<float> {
  static constexpr TF_DataType value = TF_FLOAT;
};
template <>
struct TypeOf<Bfloat16> {
  static constexpr TF_DataType value = TF_BFLOAT16;
};

}  // namespace podium
