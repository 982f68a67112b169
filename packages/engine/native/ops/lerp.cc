// Linear interpolation of lists of tensors, from + amount * (to - from), as torch.lerp: for averages of weights.
#include <vector>

#include "tensor_list.h"

namespace podium {
namespace {

template <typename T>
class Lerp {
 public:
  explicit Lerp(Attributes& attributes) : count_(attributes.integer("N")) {}

  void run(Call& call) {
    const auto count = static_cast<int>(count_);
    const TensorList from(call, 0, count_), to(call, count, count_);
    const float* amount = call.input<float>(2 * count);
    from.require_like(call, to, "PodiumLerp: the lists differ in size");
    const std::vector<float*> result = TensorList::outputs(call, 0, from);
    if (!call.ok()) return;
    // Starts at the nearer end: at 1 the result is exactly `to`.
    const float part = *amount, rest = 1.0f - part;
    from.each([&](int64_t, const TensorList::Piece& piece) {
      const float* a = from[piece.tensor] + piece.start;
      const float* b = to[piece.tensor] + piece.start;
      float* out = result[piece.tensor] + piece.start;
      for_lanes(piece.length, [&](int64_t i, auto lanes) {
        using V = decltype(lanes);
        const V x = load<V>(a + i), y = load<V>(b + i);
        store(out + i, part < 0.5f ? x + part * (y - x) : y - rest * (y - x));
      });
    });
  }

 private:
  int64_t count_;
};

}  // namespace

void define_lerp() {
  define_op({"PodiumLerp",
             {"T: {float}", "N: int >= 1"},
             {"from: N * T", "to: N * T", "amount: float"},
             {"result: N * T"}});
  define_kernel<Lerp<float>>("PodiumLerp", TF_FLOAT);
}

}  // namespace podium
