// Scales each sample, or each channel of each sample: y[b,h,w,c] = x[b,h,w,c] s[b,c], with s [B,C] or [B,1], always in
// float32. For squeeze-and-excitation and stochastic depth.
#include <algorithm>
#include <vector>

#include "kernel.h"
#include "rows.h"

namespace podium {
namespace {

struct Extents {
  int64_t batch, positions, channels;
  bool per_channel;
};

bool extents_of(Call& call, const Shape& x, const Shape& s, Extents* extents) {
  if (!call.require(x.size() >= 2 && s.size() == 2 && s[0] == x[0] && (s[1] == 1 || s[1] == x.back()),
                    "PodiumScale: the factors must be [B,C] or [B,1] for x [B,...,C]")) {
    return false;
  }
  const int64_t channels = x.back();
  *extents = {x[0], x[0] * channels == 0 ? 0 : count(x) / (x[0] * channels), channels, s[1] == channels};
  return true;
}

template <typename T>
class Scale {
 public:
  explicit Scale(Attributes&) {}

  void run(Call& call) {
    Shape shape, factor_shape;
    Extents extents;
    const T* x = call.input<T>(0, &shape);
    const float* factors = call.input<float>(1, &factor_shape);
    if (!extents_of(call, shape, factor_shape, &extents)) return;
    T* y = call.output<T>(0, TypeOf<T>::value, shape);
    if (!call.ok()) return;
    const auto [batch, positions, channels, per_channel] = extents;
    parallel_for(batch, [&, positions = positions, channels = channels, per_channel = per_channel](int64_t b) {
      const T* in = x + b * positions * channels;
      T* out = y + b * positions * channels;
      if (per_channel) {
        const float* s = factors + b * channels;
        for (int64_t p = 0; p < positions; p++) {
          for_lanes(channels, [&](int64_t c, auto lanes) {
            using V = decltype(lanes);
            store(out + p * channels + c, load<V>(in + p * channels + c) * load<V>(s + c));
          });
        }
      } else {
        const float s = factors[b];
        for_lanes(positions * channels, [&](int64_t i, auto lanes) { store(out + i, load<decltype(lanes)>(in + i) * s); });
      }
    });
  }
};

// ds[b,c] = sum over positions (and channels, for [B,1]) of dy x.
template <typename T>
class ScaleGrad {
 public:
  explicit ScaleGrad(Attributes&) {}

  void run(Call& call) {
    Shape shape, x_shape, factor_shape;
    Extents extents;
    const T* dy = call.input<T>(0, &shape);
    const T* x = call.input<T>(1, &x_shape);
    call.input<float>(2, &factor_shape);
    if (!call.require(count(shape) == count(x_shape), "PodiumScaleGrad: dy and x differ in size")) return;
    if (!extents_of(call, shape, factor_shape, &extents)) return;
    float* ds = call.output<float>(0, TF_FLOAT, factor_shape);
    if (!call.ok()) return;
    const auto [batch, positions, channels, per_channel] = extents;
    parallel_for(batch, [&, positions = positions, channels = channels, per_channel = per_channel](int64_t b) {
      std::vector<float> sums(channels, 0.0f);
      for (int64_t p = 0; p < positions; p++) {
        const int64_t at = (b * positions + p) * channels;
        for_lanes(channels, [&](int64_t c, auto lanes) {
          using V = decltype(lanes);
          store(&sums[c], load<V>(&sums[c]) + load<V>(dy + at + c) * load<V>(x + at + c));
        });
      }
      if (per_channel) {
        std::copy(sums.begin(), sums.end(), ds + b * channels);
      } else {
        double total = 0;
        for (float sum : sums) total += sum;
        ds[b] = static_cast<float>(total);
      }
    });
  }
};

}  // namespace

void define_scale() {
  define_op({"PodiumScale", {"T: {float, bfloat16}"}, {"x: T", "factors: float"}, {"y: T"}});
  define_kernel<Scale<float>>("PodiumScale", TF_FLOAT);
  define_kernel<Scale<Bfloat16>>("PodiumScale", TF_BFLOAT16);
  define_op({"PodiumScaleGrad", {"T: {float, bfloat16}"}, {"dy: T", "x: T", "factors: float"}, {"ds: float"}});
  define_kernel<ScaleGrad<float>>("PodiumScaleGrad", TF_FLOAT);
  define_kernel<ScaleGrad<Bfloat16>>("PodiumScaleGrad", TF_BFLOAT16);
}

}  // namespace podium
