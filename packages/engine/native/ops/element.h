// The element types of our kernels, loaded and stored one by one or a register at a time. Arithmetic is always in float.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "tensorflow/c/tf_datatype.h"

namespace podium {

struct Bfloat16 {
  uint16_t bits;
};

// Floats per register of the CPU that compiles this. Wider vectors would compile as well, but comparisons and selections
// become scalar code.
#if defined(__AVX512F__)
constexpr int64_t kLanes = 16;
#elif defined(__AVX2__)
constexpr int64_t kLanes = 8;
#else
constexpr int64_t kLanes = 4;
#endif
// The compiler's vector types: it maps them to registers.
typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef uint32_t Words __attribute__((vector_size(4 * kLanes)));
typedef uint16_t Halves __attribute__((vector_size(2 * kLanes)));

// Sums are split into this many lanes on every CPU, so that they do not depend on the width of its registers.
constexpr int64_t kSumLanes = 16;
static_assert(kSumLanes % kLanes == 0, "a register holds a part of the lanes");

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

// a * b + c, rounded once if the CPU has an instruction for that (x86-64 since 2013, ARM), else twice. It is written where it
// saves time, since the compiler may not fuse by itself: it would do so differently for every width.
#if defined(__FMA__) || defined(__aarch64__)
inline float multiply_add(float a, float b, float c) { return std::fma(a, b, c); }
#else
inline float multiply_add(float a, float b, float c) { return a * b + c; }
#endif
inline Floats multiply_add(Floats a, Floats b, Floats c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__) && defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__FMA__)
  return _mm_fmadd_ps(a, b, c);
#elif defined(__aarch64__)
  return bit_cast<Floats>(vfmaq_f32(bit_cast<float32x4_t>(c), bit_cast<float32x4_t>(a), bit_cast<float32x4_t>(b)));
#else
  return a * b + c;
#endif
}
template <typename V>
inline V multiply_add(V a, V b, float c) {
  return multiply_add(a, b, splat<V>(c));
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

// Calls `body(i, tag)` for each full register in [0, n), with a tag of type Floats, then for each remaining element,
// with a tag of type float.
template <typename Body>
inline void for_lanes(int64_t n, const Body& body) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, Floats{});
  for (; i < n; i++) body(i, 0.0f);
}

// Combines `term(i, tag)` over [0, n), tags as above: `combine(a, b)` joins two values of one type, and `start` changes
// nothing. Each lane is combined in float, and the lanes, in order, in Result.
template <typename Result, typename Term, typename Combine>
inline Result reduce(int64_t n, float start, const Term& term, const Combine& combine) {
  constexpr int64_t kParts = kSumLanes / kLanes;
  Floats lanes[kParts];
  for (Floats& part : lanes) part = splat<Floats>(start);
  Result rest = start;
  int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes) {
    for (int64_t part = 0; part < kParts; part++) {
      lanes[part] = combine(lanes[part], term(i + part * kLanes, Floats{}));
    }
  }
  for (; i < n; i++) rest = combine(rest, static_cast<Result>(term(i, 0.0f)));
  for (const Floats& part : lanes) {
    for (int64_t lane = 0; lane < kLanes; lane++) rest = combine(rest, static_cast<Result>(part[lane]));
  }
  return rest;
}

// Sum of `term(i, tag)` over [0, n).
template <typename Result, typename Term>
inline Result sum(int64_t n, const Term& term) {
  return reduce<Result>(n, 0.0f, term, [](auto a, auto b) { return a + b; });
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
