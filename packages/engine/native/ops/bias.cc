// A bias per channel, y = x + bias over all axes but the last, and its gradient, the sums of dy. The bias is always float32:
// with TensorFlow's op for sums, bfloat16 maps would become float32.
#include <vector>

#include "kernel.h"
#include "rows.h"

namespace podium {
namespace {

template <typename T>
class Bias {
 public:
  explicit Bias(Attributes&) {}

  void run(Call& call) {
    Shape shape, bias_shape;
    const T* x = call.input<T>(0, &shape);
    const float* bias = call.input<float>(1, &bias_shape);
    const Rows rows = Rows::of(shape);
    if (!call.require(count(bias_shape) == rows.channels(), "PodiumBias: the bias must have one value per channel")) return;
    T* y = call.output<T>(0, TypeOf<T>::value, shape);
    if (!call.ok()) return;
    const auto shift = rows.spread([&](int64_t c) { return bias[c]; });
    rows.each([&](int64_t i, int64_t c, auto lanes) {
      using V = decltype(lanes);
      store(y + i, load<V>(x + i) + load<V>(&shift[c]));
    });
  }
};

template <typename T>
class BiasGrad {
 public:
  explicit BiasGrad(Attributes&) {}

  void run(Call& call) {
    Shape shape;
    const T* dy = call.input<T>(0, &shape);
    const Rows rows = Rows::of(shape);
    float* dbias = call.output<float>(0, TF_FLOAT, {rows.channels()});
    if (!call.ok()) return;
    std::vector<double> sums, unused;
    rows.sum(&sums, &unused, [&](int64_t i, int64_t, auto& sum, auto&) {
      sum += load<std::decay_t<decltype(sum)>>(dy + i);
    });
    for (int64_t c = 0; c < rows.channels(); c++) dbias[c] = static_cast<float>(sums[c]);
  }
};

}  // namespace

void define_bias() {
  define_op({"PodiumBias", {"T: {float, bfloat16}"}, {"x: T", "bias: float"}, {"y: T"}});
  define_kernel<Bias<float>>("PodiumBias", TF_FLOAT);
  define_kernel<Bias<Bfloat16>>("PodiumBias", TF_BFLOAT16);
  define_op({"PodiumBiasGrad", {"T: {float, bfloat16}"}, {"dy: T"}, {"dbias: float"}});
  define_kernel<BiasGrad<float>>("PodiumBiasGrad", TF_FLOAT);
  define_kernel<BiasGrad<Bfloat16>>("PodiumBiasGrad", TF_BFLOAT16);
}

}  // namespace podium
