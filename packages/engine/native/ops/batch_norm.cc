// Batch normalization over all axes but the last, with an optional residual and activation in the same pass:
//   z = (x - mean) / sqrt(variance + epsilon) * scale + offset (+ residual),  y = f(z)
// With TensorFlow's op, activation and residual take one more pass each, and as many again for their gradients. On a CPU
// those passes are limited by memory bandwidth and cost as much as the convolutions.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "activation.h"
#include "kernel.h"
#include "rows.h"

namespace podium {
namespace {

template <typename T>
class BatchNorm {
 public:
  explicit BatchNorm(Attributes& attributes)
      : epsilon_(attributes.real("epsilon")),
        momentum_(attributes.real("momentum")),
        activation_(attributes.integer("activation")),
        training_(attributes.integer("training") != 0),
        has_residual_(attributes.integer("residual") != 0) {}

  void run(Call& call) {
    Shape shape, residual_shape, scale_shape, offset_shape, mean_shape, variance_shape;
    const T* x = call.input<T>(0, &shape);
    const T* residual = call.input<T>(1, &residual_shape);
    const float* scale = call.input<float>(2, &scale_shape);
    const float* offset = call.input<float>(3, &offset_shape);
    const float* running_mean = call.input<float>(4, &mean_shape);
    const float* running_variance = call.input<float>(5, &variance_shape);
    const Rows rows = Rows::of(shape);
    const int64_t channels = rows.channels();
    for (const Shape& parameter : {scale_shape, offset_shape, mean_shape, variance_shape}) {
      call.require(count(parameter) == channels, "PodiumBatchNorm: parameters must have one value per channel");
    }
    call.require(!has_residual_ || count(residual_shape) == count(shape), "PodiumBatchNorm: residual and x differ in size");
    T* y = call.output<T>(0, TypeOf<T>::value, shape);
    float* new_mean = call.output<float>(1, TF_FLOAT, {channels});
    float* new_variance = call.output<float>(2, TF_FLOAT, {channels});
    float* mean = call.output<float>(3, TF_FLOAT, {channels});
    float* inverse = call.output<float>(4, TF_FLOAT, {channels});
    if (!call.ok()) return;

    const auto n = static_cast<float>(rows.rows());
    if (training_ && n > 0) {
      statistics(x, rows, mean, inverse);
      for (int64_t c = 0; c < channels; c++) {
        const float variance = inverse[c];
        const float unbiased = n > 1 ? variance * (n / (n - 1)) : variance;
        new_mean[c] = (1 - momentum_) * running_mean[c] + momentum_ * mean[c];
        new_variance[c] = (1 - momentum_) * running_variance[c] + momentum_ * unbiased;
        inverse[c] = 1.0f / std::sqrt(variance + epsilon_);
      }
    } else {
      for (int64_t c = 0; c < channels; c++) {
        mean[c] = new_mean[c] = running_mean[c];
        new_variance[c] = running_variance[c];
        inverse[c] = 1.0f / std::sqrt(running_variance[c] + epsilon_);
      }
    }

    const auto gain = rows.spread([&](int64_t c) { return scale[c] * inverse[c]; });
    const auto shift = rows.spread([&](int64_t c) { return offset[c] - mean[c] * (scale[c] * inverse[c]); });
    with_activation(activation_, [&](auto f) {
      rows.each([&](int64_t i, int64_t c, auto lanes) {
        using V = decltype(lanes);
        V z = multiply_add(load<V>(x + i), load<V>(&gain[c]), load<V>(&shift[c]));
        if (has_residual_) z += load<V>(residual + i);
        store(y + i, f.value(z));
      });
    });
  }

 private:
  // Mean, and variance divided by n. Computed relative to the first row, so that a mean far from zero does not cancel
  // the variance.
  static void statistics(const T* x, const Rows& rows, float* mean, float* variance) {
    const auto origin = rows.spread([&](int64_t c) { return load<float>(x + c); });
    std::vector<double> sums, squares;
    rows.sum(&sums, &squares, [&](int64_t i, int64_t c, auto& sum, auto& square) {
      using V = std::decay_t<decltype(sum)>;
      const V d = load<V>(x + i) - load<V>(&origin[c]);
      sum += d;
      square = multiply_add(d, d, square);
    });
    const auto n = static_cast<double>(rows.rows());
    for (int64_t c = 0; c < rows.channels(); c++) {
      const double offset = sums[c] / n;
      mean[c] = static_cast<float>(origin[c] + offset);
      variance[c] = static_cast<float>(std::max(0.0, squares[c] / n - offset * offset));
    }
  }

  float epsilon_, momentum_;
  int64_t activation_;
  bool training_, has_residual_;
};

// Gradients of BatchNorm's y by x, scale, offset and the residual, if there is one. With a residual, f must be linear
// or a ReLU, whose derivative follows from y; without one, z is recomputed from x.
template <typename T>
class BatchNormGrad {
 public:
  explicit BatchNormGrad(Attributes& attributes)
      : activation_(attributes.integer("activation")),
        training_(attributes.integer("training") != 0),
        has_residual_(attributes.integer("residual") != 0) {}

  void run(Call& call) {
    Shape shape, x_shape, y_shape, scale_shape, offset_shape, mean_shape, inverse_shape;
    const T* dy = call.input<T>(0, &shape);
    const T* x = call.input<T>(1, &x_shape);
    const T* y = call.input<T>(2, &y_shape);
    const float* scale = call.input<float>(3, &scale_shape);
    const float* offset = call.input<float>(4, &offset_shape);
    const float* mean = call.input<float>(5, &mean_shape);
    const float* inverse = call.input<float>(6, &inverse_shape);
    const Rows rows = Rows::of(shape);
    const int64_t channels = rows.channels();
    call.require(count(x_shape) == count(shape), "PodiumBatchNormGrad: dy and x differ in size");
    call.require(!has_residual_ || count(y_shape) == count(shape), "PodiumBatchNormGrad: dy and y differ in size");
    call.require(!has_residual_ || activation_ <= 2, "PodiumBatchNormGrad: a residual requires linear or a ReLU");
    for (const Shape& parameter : {scale_shape, offset_shape, mean_shape, inverse_shape}) {
      call.require(count(parameter) == channels, "PodiumBatchNormGrad: parameters must have one value per channel");
    }
    T* dx = call.output<T>(0, TypeOf<T>::value, shape);
    float* dscale = call.output<float>(1, TF_FLOAT, {channels});
    float* doffset = call.output<float>(2, TF_FLOAT, {channels});
    T* dresidual = call.output<T>(3, TypeOf<T>::value, has_residual_ ? shape : Shape{0});
    if (!call.ok()) return;

    const auto gain = rows.spread([&](int64_t c) { return scale[c] * inverse[c]; });
    const auto shift = rows.spread([&](int64_t c) { return offset[c] - mean[c] * (scale[c] * inverse[c]); });
    const auto center = rows.spread([&](int64_t c) { return mean[c]; });
    with_activation(activation_, [&](auto f) {
      std::vector<double> sums, products;
      rows.sum(&sums, &products, [&](int64_t i, int64_t c, auto& sum, auto& product) {
        using V = std::decay_t<decltype(sum)>;
        const V in = load<V>(x + i);
        V d = load<V>(dy + i);
        if (has_residual_) {
          d *= f.slope(load<V>(y + i));
          store(dresidual + i, d);
        } else {
          d *= f.slope(multiply_add(in, load<V>(&gain[c]), load<V>(&shift[c])));
        }
        sum += d;
        product = multiply_add(d, in - load<V>(&center[c]), product);
      });
      // dx = gain (d - mean(d) - xhat mean(d xhat)): per channel, a multiple of d plus a linear function of x.
      const auto n = static_cast<double>(rows.rows());
      const auto slope_of = [&](int64_t c) { return training_ ? -products[c] / n * inverse[c] * inverse[c] : 0.0; };
      const auto slope = rows.spread([&](int64_t c) { return static_cast<float>(gain[c] * slope_of(c)); });
      const auto constant = rows.spread([&](int64_t c) {
        return training_ ? static_cast<float>(-gain[c] * (sums[c] / n + slope_of(c) * mean[c])) : 0.0f;
      });
      rows.each([&](int64_t i, int64_t c, auto lanes) {
        using V = decltype(lanes);
        const V in = load<V>(x + i);
        V d;
        if (has_residual_) {
          d = load<V>(dresidual + i);
        } else {
          d = load<V>(dy + i) * f.slope(multiply_add(in, load<V>(&gain[c]), load<V>(&shift[c])));
        }
        store(dx + i, multiply_add(d, load<V>(&gain[c]), multiply_add(in, load<V>(&slope[c]), load<V>(&constant[c]))));
      });
      for (int64_t c = 0; c < channels; c++) {
        dscale[c] = static_cast<float>(products[c] * inverse[c]);
        doffset[c] = static_cast<float>(sums[c]);
      }
    });
  }

 private:
  int64_t activation_;
  bool training_, has_residual_;
};

}  // namespace

void define_batch_norm() {
  define_op({"PodiumBatchNorm",
             {"T: {float, bfloat16}", "epsilon: float", "momentum: float", "activation: int", "training: int", "residual: int"},
             {"x: T", "shortcut: T", "scale: float", "offset: float", "mean: float", "variance: float"},
             {"y: T", "new_mean: float", "new_variance: float", "batch_mean: float", "inverse_deviation: float"}});
  define_kernel<BatchNorm<float>>("PodiumBatchNorm", TF_FLOAT);
  define_kernel<BatchNorm<Bfloat16>>("PodiumBatchNorm", TF_BFLOAT16);
  define_op({"PodiumBatchNormGrad",
             {"T: {float, bfloat16}", "activation: int", "training: int", "residual: int"},
             {"dy: T", "x: T", "y: T", "scale: float", "offset: float", "mean: float", "inverse_deviation: float"},
             {"dx: T", "dscale: float", "doffset: float", "dresidual: T"}});
  define_kernel<BatchNormGrad<float>>("PodiumBatchNormGrad", TF_FLOAT);
  define_kernel<BatchNormGrad<Bfloat16>>("PodiumBatchNormGrad", TF_BFLOAT16);
}

}  // namespace podium
