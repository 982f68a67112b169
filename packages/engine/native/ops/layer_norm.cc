// Layer normalization over the last axis: y = (x - mean) / sqrt(variance + epsilon) * scale + offset, row by row.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "element.h"
#include "kernel.h"
#include "parallel.h"

namespace podium {
namespace {

constexpr int64_t kMaxChunks = 128;

int64_t rows_per_chunk(int64_t rows) { return std::max<int64_t>(1, (rows + kMaxChunks - 1) / kMaxChunks); }

template <typename T>
class LayerNorm {
 public:
  explicit LayerNorm(Attributes& attributes) : epsilon_(attributes.real("epsilon")) {}

  void run(Call& call) {
    Shape shape, scale_shape, offset_shape;
    const T* x = call.input<T>(0, &shape);
    const float* scale = call.input<float>(1, &scale_shape);
    const float* offset = call.input<float>(2, &offset_shape);
    const int64_t channels = shape.empty() ? 1 : shape.back();
    const int64_t rows = channels == 0 ? 0 : count(shape) / channels;
    call.require(count(scale_shape) == channels && count(offset_shape) == channels,
                 "PodiumLayerNorm: scale and offset must have one value per channel");
    T* y = call.output<T>(0, TypeOf<T>::value, shape);
    float* means = call.output<float>(1, TF_FLOAT, {rows});
    float* inverses = call.output<float>(2, TF_FLOAT, {rows});
    if (!call.ok()) return;
    const int64_t step = rows_per_chunk(rows);
    parallel_for((rows + step - 1) / step, [&](int64_t chunk) {
      for (int64_t row = chunk * step; row < std::min(rows, (chunk + 1) * step); row++) {
        const T* in = x + row * channels;
        T* out = y + row * channels;
        const auto n = static_cast<float>(channels);
        const float mean = sum<float>(channels, [&](int64_t i, auto lanes) { return load<decltype(lanes)>(in + i); }) / n;
        const float variance = sum<float>(channels, [&](int64_t i, auto lanes) {
          const auto d = load<decltype(lanes)>(in + i) - mean;
          return d * d;
        }) / n;
        const float inverse = 1.0f / std::sqrt(variance + epsilon_);
        means[row] = mean;
        inverses[row] = inverse;
        for_lanes(channels, [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          store(out + i, (load<V>(in + i) - mean) * inverse * load<V>(scale + i) + load<V>(offset + i));
        });
      }
    });
  }

 private:
  float epsilon_;
};

template <typename T>
class LayerNormGrad {
 public:
  explicit LayerNormGrad(Attributes&) {}

  void run(Call& call) {
    Shape shape, x_shape, scale_shape, mean_shape, inverse_shape;
    const T* dy = call.input<T>(0, &shape);
    const T* x = call.input<T>(1, &x_shape);
    const float* scale = call.input<float>(2, &scale_shape);
    const float* means = call.input<float>(3, &mean_shape);
    const float* inverses = call.input<float>(4, &inverse_shape);
    const int64_t channels = shape.empty() ? 1 : shape.back();
    const int64_t rows = channels == 0 ? 0 : count(shape) / channels;
    call.require(count(x_shape) == count(shape), "PodiumLayerNormGrad: dy and x differ in size");
    call.require(count(scale_shape) == channels && count(mean_shape) == rows && count(inverse_shape) == rows,
                 "PodiumLayerNormGrad: scale must have one value per channel, mean and inverse one per row");
    T* dx = call.output<T>(0, TypeOf<T>::value, shape);
    float* dscale = call.output<float>(1, TF_FLOAT, {channels});
    float* doffset = call.output<float>(2, TF_FLOAT, {channels});
    if (!call.ok()) return;
    const int64_t step = rows_per_chunk(rows);
    const int64_t chunks = (rows + step - 1) / step;
    std::unique_ptr<float[]> partial(new float[2 * chunks * channels]());
    parallel_for(chunks, [&](int64_t chunk) {
      float* by_scale = partial.get() + 2 * chunk * channels;
      float* by_offset = by_scale + channels;
      for (int64_t row = chunk * step; row < std::min(rows, (chunk + 1) * step); row++) {
        const T* g = dy + row * channels;
        const T* in = x + row * channels;
        T* out = dx + row * channels;
        const float mean = means[row], inverse = inverses[row];
        const auto n = static_cast<float>(channels);
        const float mean_d = sum<float>(channels, [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          return load<V>(g + i) * load<V>(scale + i);
        }) / n;
        const float mean_dx = sum<float>(channels, [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          return load<V>(g + i) * load<V>(scale + i) * ((load<V>(in + i) - mean) * inverse);
        }) / n;
        for_lanes(channels, [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          const V d = load<V>(g + i);
          const V normal = (load<V>(in + i) - mean) * inverse;
          store(out + i, (d * load<V>(scale + i) - mean_d - normal * mean_dx) * inverse);
          store(by_scale + i, load<V>(by_scale + i) + d * normal);
          store(by_offset + i, load<V>(by_offset + i) + d);
        });
      }
    });
    for (int64_t c = 0; c < channels; c++) {
      double sum_scale = 0, sum_offset = 0;
      for (int64_t chunk = 0; chunk < chunks; chunk++) {
        sum_scale += partial[2 * chunk * channels + c];
        sum_offset += partial[(2 * chunk + 1) * channels + c];
      }
      dscale[c] = static_cast<float>(sum_scale);
      doffset[c] = static_cast<float>(sum_offset);
    }
  }
};

}  // namespace

void define_layer_norm() {
  define_op({"PodiumLayerNorm",
             {"T: {float, bfloat16}", "epsilon: float"},
             {"x: T", "scale: float", "offset: float"},
             {"y: T", "mean: float", "inverse_deviation: float"}});
  define_kernel<LayerNorm<float>>("PodiumLayerNorm", TF_FLOAT);
  define_kernel<LayerNorm<Bfloat16>>("PodiumLayerNorm", TF_BFLOAT16);
  define_op({"PodiumLayerNormGrad",
             {"T: {float, bfloat16}"},
             {"dy: T", "x: T", "scale: float", "mean: float", "inverse_deviation: float"},
             {"dx: T", "dscale: float", "doffset: float"}});
  define_kernel<LayerNormGrad<float>>("PodiumLayerNormGrad", TF_FLOAT);
  define_kernel<LayerNormGrad<Bfloat16>>("PodiumLayerNormGrad", TF_BFLOAT16);
}

}  // namespace podium
