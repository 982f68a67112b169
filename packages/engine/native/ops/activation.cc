#include "activation.h"

#include <algorithm>

#include "kernel.h"
#include "parallel.h"

namespace podium {
namespace {

constexpr int64_t kChunk = 32768;

// y = f(x)
template <typename T>
class Activation {
 public:
  explicit Activation(Attributes& attributes) : activation_(attributes.integer("activation")) {}

  void run(Call& call) {
    Shape shape;
    const T* x = call.input<T>(0, &shape);
    T* y = call.output<T>(0, TypeOf<T>::value, shape);
    if (!call.ok()) return;
    const int64_t n = count(shape);
    with_activation(activation_, [&](auto f) {
      parallel_for((n + kChunk - 1) / kChunk, [&](int64_t chunk) {
        const T* from = x + chunk * kChunk;
        T* to = y + chunk * kChunk;
        for_lanes(std::min(n - chunk * kChunk, kChunk), [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          store(to + i, f.value(load<V>(from + i)));
        });
      });
    });
  }

 private:
  int64_t activation_;
};

// dx = dy f'(x)
template <typename T>
class ActivationGrad {
 public:
  explicit ActivationGrad(Attributes& attributes) : activation_(attributes.integer("activation")) {}

  void run(Call& call) {
    Shape shape, x_shape;
    const T* dy = call.input<T>(0, &shape);
    const T* x = call.input<T>(1, &x_shape);
    if (!call.require(count(shape) == count(x_shape), "PodiumActivationGrad: dy and x differ in size")) return;
    T* dx = call.output<T>(0, TypeOf<T>::value, shape);
    if (!call.ok()) return;
    const int64_t n = count(shape);
    with_activation(activation_, [&](auto f) {
      parallel_for((n + kChunk - 1) / kChunk, [&](int64_t chunk) {
        const int64_t start = chunk * kChunk;
        for_lanes(std::min(n - start, kChunk), [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          store(dx + start + i, load<V>(dy + start + i) * f.slope(load<V>(x + start + i)));
        });
      });
    });
  }

 private:
  int64_t activation_;
};

}  // namespace

void define_activation() {
  const std::vector<const char*> attributes = {"T: {float, bfloat16}", "activation: int"};
  define_op({"PodiumActivation", attributes, {"x: T"}, {"y: T"}});
  define_kernel<Activation<float>>("PodiumActivation", TF_FLOAT);
  define_kernel<Activation<Bfloat16>>("PodiumActivation", TF_BFLOAT16);
  define_op({"PodiumActivationGrad", attributes, {"dy: T", "x: T"}, {"dx: T"}});
  define_kernel<ActivationGrad<float>>("PodiumActivationGrad", TF_FLOAT);
  define_kernel<ActivationGrad<Bfloat16>>("PodiumActivationGrad", TF_BFLOAT16);
}

}  // namespace podium
