// The mean of each channel of each image, y[b,c] = mean over h, w of x[b,h,w,c], always in float32, and its gradient. For
// TensorFlow's mean, bfloat16 maps would have to be converted to float32 first.
#include <algorithm>
#include <vector>

#include "element.h"
#include "kernel.h"
#include "parallel.h"

namespace podium {
namespace {

template <typename T>
class SpatialMean {
 public:
  explicit SpatialMean(Attributes&) {}

  void run(Call& call) {
    Shape shape;
    const T* x = call.input<T>(0, &shape);
    if (!call.require(shape.size() == 4, "PodiumSpatialMean: x must be [B,H,W,C]")) return;
    const int64_t positions = shape[1] * shape[2], channels = shape[3];
    float* y = call.output<float>(0, TF_FLOAT, {shape[0], channels});
    if (!call.ok()) return;
    parallel_for(shape[0], [&](int64_t b) {
      std::vector<double> totals(channels, 0.0);
      std::vector<float> sums(channels);
      for (int64_t start = 0; start < positions; start += kBlock) {
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int64_t p = start; p < std::min(positions, start + kBlock); p++) {
          const T* in = x + (b * positions + p) * channels;
          for_lanes(channels, [&](int64_t c, auto lanes) {
            using V = decltype(lanes);
            store(&sums[c], load<V>(&sums[c]) + load<V>(in + c));
          });
        }
        for (int64_t c = 0; c < channels; c++) totals[c] += sums[c];
      }
      for (int64_t c = 0; c < channels; c++) {
        y[b * channels + c] = static_cast<float>(totals[c] / static_cast<double>(positions));
      }
    });
  }

 private:
  // A block is summed in float, blocks in double.
  static constexpr int64_t kBlock = 64;
};

template <typename T>
class SpatialMeanGrad {
 public:
  explicit SpatialMeanGrad(Attributes& attributes)
      : height_(attributes.integer("height")), width_(attributes.integer("width")) {}

  void run(Call& call) {
    Shape shape;
    const float* dy = call.input<float>(0, &shape);
    if (!call.require(shape.size() == 2 && height_ > 0 && width_ > 0, "PodiumSpatialMeanGrad: dy must be [B,C]")) return;
    const int64_t positions = height_ * width_, channels = shape[1];
    T* dx = call.output<T>(0, TypeOf<T>::value, {shape[0], height_, width_, channels});
    if (!call.ok()) return;
    const auto count = static_cast<float>(positions);
    parallel_for(shape[0], [&](int64_t b) {
      std::vector<T> share(channels);
      for_lanes(channels, [&](int64_t c, auto lanes) {
        store(&share[c], load<decltype(lanes)>(dy + b * channels + c) / count);
      });
      for (int64_t p = 0; p < positions; p++) {
        std::copy(share.begin(), share.end(), dx + (b * positions + p) * channels);
      }
    });
  }

 private:
  int64_t height_, width_;
};

}  // namespace

void define_spatial_mean() {
  define_op({"PodiumSpatialMean", {"T: {float, bfloat16}"}, {"x: T"}, {"y: float"}});
  define_kernel<SpatialMean<float>>("PodiumSpatialMean", TF_FLOAT);
  define_kernel<SpatialMean<Bfloat16>>("PodiumSpatialMean", TF_BFLOAT16);
  define_op({"PodiumSpatialMeanGrad", {"T: {float, bfloat16}", "height: int", "width: int"}, {"dy: float"}, {"dx: T"}});
  define_kernel<SpatialMeanGrad<float>>("PodiumSpatialMeanGrad", TF_FLOAT);
  define_kernel<SpatialMeanGrad<Bfloat16>>("PodiumSpatialMeanGrad", TF_BFLOAT16);
}

}  // namespace podium
