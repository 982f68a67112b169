// Activations and their derivatives, as in PyTorch, for one float or a register of them.
#pragma once

#include "element.h"

namespace podium {

// exp with an error of at most two units in the last place: 2^n by exponent bits, the rest by a polynomial (Cephes).
template <typename V>
inline V exponential(V x) {
  const V highest = splat<V>(88.3762626647949f), lowest = splat<V>(-87.3365447504021f);
  x = x > highest ? highest : x;
  x = x < lowest ? lowest : x;
  // Adding 1.5 * 2^23 rounds to the nearest integer.
  const V shifted = multiply_add(x, splat<V>(1.44269504088896341f), 12582912.0f);
  const V n = shifted - 12582912.0f;
  const V r = multiply_add(n, splat<V>(2.12194440e-4f), multiply_add(n, splat<V>(-0.693359375f), x));
  V p = multiply_add(r, splat<V>(1.9875691500e-4f), 1.3981999507e-3f);
  p = multiply_add(p, r, 8.3334519073e-3f);
  p = multiply_add(p, r, 4.1665795894e-2f);
  p = multiply_add(p, r, 1.6666665459e-1f);
  p = multiply_add(p, r, 5.0000001201e-1f);
  p = multiply_add(p * r, r, r) + 1.0f;
  return p * bit_cast<V>((bit_cast<BitsOf<V>>(shifted) - 0x4b400000u + 127u) << 23);
}

template <typename V>
inline V sigmoid(V x) {
  return 1.0f / (1.0f + exponential(-x));
}

// Error function: Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
template <typename V>
inline V error_function(V x) {
  const V zero = splat<V>(0);
  const V a = x < zero ? -x : x;
  const V t = 1.0f / multiply_add(a, splat<V>(0.3275911f), 1.0f);
  V p = multiply_add(t, splat<V>(1.061405429f), -1.453152027f);
  p = multiply_add(p, t, 1.421413741f);
  p = multiply_add(p, t, -0.284496736f);
  p = multiply_add(p, t, 0.254829592f);
  const V y = 1.0f - p * t * exponential(-a * a);
  return x < zero ? -y : y;
}

// Comparisons are written such that NaN stays NaN.
template <typename V>
inline V clamp(V x, float low, float high) {
  const V lowest = splat<V>(low), highest = splat<V>(high);
  x = x < lowest ? lowest : x;
  return x > highest ? highest : x;
}

template <typename V>
inline V one_between(V x, float low, float high, float inside) {
  const V yes = splat<V>(inside), no = splat<V>(0);
  return ((x > splat<V>(low)) & (x < splat<V>(high))) ? yes : no;
}

struct Linear {
  template <typename V>
  static V value(V x) { return x; }
  template <typename V>
  static V slope(V) { return splat<V>(1); }
};
struct Relu {
  template <typename V>
  static V value(V x) { return x < splat<V>(0) ? splat<V>(0) : x; }
  template <typename V>
  static V slope(V x) { return x > splat<V>(0) ? splat<V>(1) : splat<V>(0); }
};
struct Relu6 {
  template <typename V>
  static V value(V x) { return clamp(x, 0, 6); }
  template <typename V>
  static V slope(V x) { return one_between(x, 0, 6, 1); }
};
struct Silu {
  template <typename V>
  static V value(V x) { return x * sigmoid(x); }
  template <typename V>
  static V slope(V x) {
    const V s = sigmoid(x);
    return s * (1.0f + x * (1.0f - s));
  }
};
struct HardSwish {
  template <typename V>
  static V value(V x) { return x * clamp(x + 3.0f, 0, 6) * (1.0f / 6); }
  template <typename V>
  static V slope(V x) {
    const V inside = x * (1.0f / 3) + 0.5f;
    const V above = x >= splat<V>(3) ? splat<V>(1) : inside;
    return x <= splat<V>(-3) ? splat<V>(0) : above;
  }
};
struct HardSigmoid {
  template <typename V>
  static V value(V x) { return clamp(x + 3.0f, 0, 6) * (1.0f / 6); }
  template <typename V>
  static V slope(V x) { return one_between(x, -3, 3, 1.0f / 6); }
};
struct Gelu {
  template <typename V>
  static V value(V x) { return 0.5f * x * (1.0f + error_function(x * 0.70710678118654752f)); }
  template <typename V>
  static V slope(V x) {
    const V below = 0.5f * (1.0f + error_function(x * 0.70710678118654752f));
    return below + x * 0.39894228040143268f * exponential(-0.5f * x * x);
  }
};
struct GeluTanh {
  // 0.5 (1 + tanh u) = sigmoid(2u)
  static constexpr float k0 = 1.5957691216057308f, k1 = 0.044715f;
  template <typename V>
  static V value(V x) { return x * sigmoid(k0 * (x + k1 * x * x * x)); }
  template <typename V>
  static V slope(V x) {
    const V s = sigmoid(k0 * (x + k1 * x * x * x));
    return s + x * s * (1.0f - s) * k0 * (1.0f + 3 * k1 * x * x);
  }
};

// Calls `then` with the activation of that number; kernels/activation.ts has the same order.
template <typename Then>
void with_activation(int64_t number, Then&& then) {
  switch (number) {
    case 1: return then(Relu{});
    case 2: return then(Relu6{});
    case 3: return then(Silu{});
    case 4: return then(HardSwish{});
    case 5: return then(HardSigmoid{});
    case 6: return then(Gelu{});
    case 7: return then(GeluTanh{});
    default: return then(Linear{});
  }
}

}  // namespace podium
