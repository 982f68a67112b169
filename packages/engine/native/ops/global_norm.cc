// The L2 norm of all values of a list of tensors, for clipping gradients by norm.
#include <cmath>
#include <vector>

#include "tensor_list.h"

namespace podium {
namespace {

template <typename T>
class GlobalNorm {
 public:
  explicit GlobalNorm(Attributes& attributes) : count_(attributes.integer("N")) {}

  void run(Call& call) {
    const TensorList tensors(call, 0, count_);
    float* norm = call.output<float>(0, TF_FLOAT, {});
    if (!call.ok()) return;
    std::vector<double> squares(tensors.pieces().size());
    tensors.each([&](int64_t i, const TensorList::Piece& piece) {
      const float* x = tensors[piece.tensor] + piece.start;
      squares[i] = sum<double>(piece.length, [&](int64_t k, auto lanes) {
        const auto value = load<decltype(lanes)>(x + k);
        return value * value;
      });
    });
    double sum = 0;
    for (double square : squares) sum += square;
    *norm = static_cast<float>(std::sqrt(sum));
  }

 private:
  int64_t count_;
};

}  // namespace

void define_global_norm() {
  define_op({"PodiumGlobalNorm", {"T: {float}", "N: int >= 1"}, {"tensors: N * T"}, {"norm: float"}});
  define_kernel<GlobalNorm<float>>("PodiumGlobalNorm", TF_FLOAT);
}

}  // namespace podium
