#include "activation.h"

#include "kernel.h"
#include "rows.h"

namespace podium {
namespace {

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
    with_activation(activation_, [&](auto f) {
      for_elements(count(shape), [&](int64_t i, auto lanes) {
        using V = decltype(lanes);
        store(y + i, f.value(load<V>(x + i)));
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
    with_activation(activation_, [&](auto f) {
      for_elements(count(shape), [&](int64_t i, auto lanes) {
        using V = decltype(lanes);
        store(dx + i, load<V>(dy + i) * f.slope(load<V>(x + i)));
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
