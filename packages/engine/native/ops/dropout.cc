// Dropout whose mask is a function of (seed, position). Nothing is stored for the backward pass, which runs the same op
// on the gradient, and all backends give the same bits: kernels/dropout.ts, the reference, computes the same mask.
#include <algorithm>

#include "element.h"
#include "kernel.h"
#include "rows.h"

namespace podium {
namespace {

// A 32-bit hash with low bias (Wellons, "Hash function prospector", lowbias32).
template <typename W>
inline W mix(W x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

template <typename T>
class Dropout {
 public:
  explicit Dropout(Attributes& attributes) : rate_(attributes.real("rate")) {}

  void run(Call& call) {
    Shape shape, seed_shape;
    const T* x = call.input<T>(0, &shape);
    const int32_t* seed = call.input<int32_t>(1, &seed_shape);
    call.require(count(seed_shape) == 2, "PodiumDropout: the seed must have two words");
    T* y = call.output<T>(0, TypeOf<T>::value, shape);
    if (!call.ok()) return;
    const auto first = static_cast<uint32_t>(seed[0]), second = static_cast<uint32_t>(seed[1]);
    const auto threshold = static_cast<uint32_t>(std::min(4294967295.0, static_cast<double>(rate_) * 4294967296.0));
    const float gain = 1.0f / (1.0f - rate_);
    for_elements(count(shape), [&](int64_t i, auto lanes) {
      using V = decltype(lanes);
      using W = BitsOf<V>;
      const W index = positions(W{}, static_cast<uint32_t>(i));
      const uint32_t high = static_cast<uint32_t>(i >> 32);
      const W random = mix(mix(index ^ first) + (second ^ high));
      const V value = load<V>(x + i) * gain;
      store(y + i, random >= W{} + threshold ? value : V{});
    });
  }

 private:
  static uint32_t positions(uint32_t, uint32_t start) { return start; }
  static Words positions(Words, uint32_t start) {
    Words words;
    for (int64_t lane = 0; lane < kLanes; lane++) words[lane] = static_cast<uint32_t>(lane);
    return words + start;
  }

  float rate_;
};

}  // namespace

void define_dropout() {
  define_op({"PodiumDropout", {"T: {float, bfloat16}", "rate: float"}, {"x: T", "seed: int32"}, {"y: T"}});
  define_kernel<Dropout<float>>("PodiumDropout", TF_FLOAT);
  define_kernel<Dropout<Bfloat16>>("PodiumDropout", TF_BFLOAT16);
}

}  // namespace podium
