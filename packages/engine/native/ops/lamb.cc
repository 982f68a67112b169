// LAMB (You et al. 2019): Adam, scaled per parameter by the ratio of the norms of weights and update. Like the ops of
// update.cc, but in two passes: the first stores the unscaled update in place of the new weights.
#include <cmath>
#include <vector>

#include "tensor_list.h"

namespace podium {
namespace {

constexpr int64_t kSettings = 12;

template <typename T>
class Lamb {
 public:
  explicit Lamb(Attributes& attributes) : count_(attributes.integer("N")), slots_(attributes.integer("M")) {}

  void run(Call& call) {
    const auto count = static_cast<int>(count_);
    call.require(slots_ == 2 * count_, "PodiumLamb: wrong number of slots");
    const TensorList parameters(call, 0, count_), gradients(call, count, count_), slots(call, 2 * count, slots_);
    Shape settings_shape;
    const float* settings = call.input<float>(4 * count, &settings_shape);
    const float* factor = call.input<float>(4 * count + 1);
    call.require(podium::count(settings_shape) == count_ * kSettings, "PodiumLamb: wrong number of settings");
    parameters.require_like(call, gradients, "a gradient differs in size from its parameter");
    parameters.require_like(call, slots, "an optimizer's slot differs in size from its parameter");
    const std::vector<float*> updated = TensorList::outputs(call, 0, parameters);
    const std::vector<float*> updated_slots = TensorList::outputs(call, count, slots);
    if (!call.ok()) return;

    std::vector<double> weight_squares(parameters.pieces().size()), update_squares(parameters.pieces().size());
    parameters.each([&](int64_t index, const TensorList::Piece& piece) {
      const float* s = settings + piece.tensor * kSettings;
      const float bound = s[0], decay = s[1], weight_decay = s[2], beta1 = s[3], rate1 = s[4], beta2 = s[5];
      const float rate2 = s[6], correction1 = s[7], correction2 = s[8], epsilon = s[9];
      const int64_t at = piece.start;
      const float* p = parameters[piece.tensor] + at;
      const float* g = gradients[piece.tensor] + at;
      const float* m = slots[piece.tensor] + at;
      const float* v = slots[count_ + piece.tensor] + at;
      float* m_out = updated_slots[piece.tensor] + at;
      float* v_out = updated_slots[count_ + piece.tensor] + at;
      float* out = updated[piece.tensor] + at;
      update_squares[index] = sum<double>(piece.length, [&](int64_t i, auto lanes) {
        using V = decltype(lanes);
        const V gradient = clipped(load<V>(g + i), *factor, bound);
        const V average = beta1 * load<V>(m + i) + rate1 * gradient;
        const V square = beta2 * load<V>(v + i) + rate2 * (gradient * gradient);
        store(m_out + i, average);
        store(v_out + i, square);
        const V update = average / correction1 / (root(square) / correction2 + epsilon) +
                         weight_decay * (load<V>(p + i) * decay);
        store(out + i, update);
        return update * update;
      });
      weight_squares[index] = sum<double>(piece.length, [&](int64_t i, auto lanes) {
        const auto weight = load<decltype(lanes)>(p + i) * decay;
        return weight * weight;
      });
    });

    std::vector<double> weights(count_), updates(count_);
    for (size_t i = 0; i < parameters.pieces().size(); i++) {
      weights[parameters.pieces()[i].tensor] += weight_squares[i];
      updates[parameters.pieces()[i].tensor] += update_squares[i];
    }
    parameters.each([&](int64_t, const TensorList::Piece& piece) {
      const float* s = settings + piece.tensor * kSettings;
      const float decay = s[1], most = s[11];
      // A trust ratio of at most `most`; 0 means no adaptation.
      float step = s[10];
      if (most > 0 && weights[piece.tensor] > 0 && updates[piece.tensor] > 0) {
        step *= std::min(most, static_cast<float>(std::sqrt(weights[piece.tensor]) / std::sqrt(updates[piece.tensor])));
      }
      const float* p = parameters[piece.tensor] + piece.start;
      float* out = updated[piece.tensor] + piece.start;
      for_lanes(piece.length, [&](int64_t i, auto lanes) {
        using V = decltype(lanes);
        store(out + i, load<V>(p + i) * decay - step * load<V>(out + i));
      });
    });
  }

 private:
  int64_t count_, slots_;
};

}  // namespace

void define_lamb() {
  define_op({"PodiumLamb",
             {"T: {float}", "N: int >= 1", "M: int >= 0"},
             {"parameters: N * T", "gradients: N * T", "slots: M * T", "settings: float", "factor: float"},
             {"updated: N * T", "updated_slots: M * T"}});
  define_kernel<Lamb<float>>("PodiumLamb", TF_FLOAT);
}

}  // namespace podium
