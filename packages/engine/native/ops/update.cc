// Steps of elementwise optimizers: new weights and new running averages ("slots") of a list of parameters in one call.
// kernels/update-rules.ts has the reference versions and documents the settings, one row per parameter.
#include <string>
#include <vector>

#include "tensor_list.h"

namespace podium {
namespace {

// Each rule returns the new value of `p` and updates the slots in place; `s` is its row of settings.
struct Sgd {
  static constexpr const char* kName = "PodiumSgd";
  static constexpr int64_t kSettings = 5, kMinSlots = 0, kMaxSlots = 1;
  template <typename V>
  static V step(V p, V g, V* slots, int64_t count, const float* s) {
    const float weight_decay = s[0], momentum = s[1], keep = s[2], by_gradient = s[3], by_buffer = s[4];
    g = g + weight_decay * p;
    if (count == 0) return p - by_gradient * g;
    slots[0] = momentum * slots[0] + keep * g;
    return p - (by_gradient * g + by_buffer * slots[0]);
  }
};

// Adam, AdamW, NAdam.
struct Adam {
  static constexpr const char* kName = "PodiumAdam";
  static constexpr int64_t kSettings = 9, kMinSlots = 2, kMaxSlots = 3;
  template <typename V>
  static V step(V p, V g, V* slots, int64_t count, const float* s) {
    const float decay = s[0], weight_decay = s[1], rate1 = s[2], beta2 = s[3], rate2 = s[4];
    const float correction = s[5], epsilon = s[6], by_average = s[7], by_gradient = s[8];
    p = p * decay;
    g = g + weight_decay * p;
    slots[0] = slots[0] + rate1 * (g - slots[0]);
    slots[1] = beta2 * slots[1] + rate2 * (g * g);
    V square = slots[1];
    if (count == 3) {
      slots[2] = slots[2] > square ? slots[2] : square;
      square = slots[2];
    }
    return p - (by_average * slots[0] + by_gradient * g) / (root(square) / correction + epsilon);
  }
};

struct RmsProp {
  static constexpr const char* kName = "PodiumRmsProp";
  static constexpr int64_t kSettings = 7, kMinSlots = 1, kMaxSlots = 3;
  // Slots: average square; average gradient if centered; momentum buffer if there is momentum.
  template <typename V>
  static V step(V p, V g, V* slots, int64_t, const float* s) {
    const float learning_rate = s[0], weight_decay = s[1], alpha = s[2], rate = s[3], epsilon = s[4], momentum = s[5];
    const bool centered = s[6] != 0;
    g = g + weight_decay * p;
    slots[0] = alpha * slots[0] + rate * (g * g);
    V square = slots[0];
    if (centered) {
      slots[1] = slots[1] + rate * (g - slots[1]);
      square = square - slots[1] * slots[1];
    }
    V change = g / (root(square) + epsilon);
    if (momentum > 0) {
      V& buffer = slots[centered ? 2 : 1];
      change = buffer = momentum * buffer + change;
    }
    return p - learning_rate * change;
  }
};

struct Lion {
  static constexpr const char* kName = "PodiumLion";
  static constexpr int64_t kSettings = 4, kMinSlots = 1, kMaxSlots = 1;
  template <typename V>
  static V step(V p, V g, V* slots, int64_t, const float* s) {
    const float decay = s[0], rate1 = s[1], rate2 = s[2], learning_rate = s[3];
    const V blend = slots[0] + rate1 * (g - slots[0]);
    const V zero = {}, one = splat<V>(1.0f);
    const V sign = blend > zero ? one : (blend < zero ? -one : blend);
    slots[0] = slots[0] + rate2 * (g - slots[0]);
    return p * decay - learning_rate * sign;
  }
};

template <typename Rule>
class Update {
 public:
  explicit Update(Attributes& attributes) : count_(attributes.integer("N")), slots_(attributes.integer("M")) {}

  void run(Call& call) {
    const auto count = static_cast<int>(count_), slot_count = static_cast<int>(slots_);
    const int64_t each = slots_ / count_;
    const std::string name = Rule::kName;
    call.require(slots_ % count_ == 0 && each >= Rule::kMinSlots && each <= Rule::kMaxSlots,
                 name + ": wrong number of slots");
    const TensorList parameters(call, 0, count_), gradients(call, count, count_), slots(call, 2 * count, slots_);
    Shape settings_shape;
    const float* settings = call.input<float>(2 * count + slot_count, &settings_shape);
    const float* factor = call.input<float>(2 * count + slot_count + 1);
    call.require(podium::count(settings_shape) == count_ * (1 + Rule::kSettings), name + ": wrong number of settings");
    parameters.require_like(call, gradients, "a gradient differs in size from its parameter");
    parameters.require_like(call, slots, "an optimizer's slot differs in size from its parameter");
    const std::vector<float*> updated = TensorList::outputs(call, 0, parameters);
    const std::vector<float*> updated_slots = TensorList::outputs(call, count, slots);
    if (!call.ok()) return;
    parameters.each([&](int64_t, const TensorList::Piece& piece) {
      const float* row = settings + piece.tensor * (1 + Rule::kSettings);
      const float* p = parameters[piece.tensor] + piece.start;
      const float* g = gradients[piece.tensor] + piece.start;
      float* out = updated[piece.tensor] + piece.start;
      const float* slot[3] = {};
      float* slot_out[3] = {};
      for (int64_t k = 0; k < each; k++) {
        slot[k] = slots[k * count_ + piece.tensor] + piece.start;
        slot_out[k] = updated_slots[k * count_ + piece.tensor] + piece.start;
      }
      for_lanes(piece.length, [&](int64_t i, auto lanes) {
        using V = decltype(lanes);
        V values[3] = {};
        for (int64_t k = 0; k < each; k++) values[k] = load<V>(slot[k] + i);
        store(out + i, Rule::step(load<V>(p + i), clipped(load<V>(g + i), *factor, row[0]), values, each, row + 1));
        for (int64_t k = 0; k < each; k++) store(slot_out[k] + i, values[k]);
      });
    });
  }

 private:
  int64_t count_, slots_;
};

template <typename Rule>
void define() {
  define_op({Rule::kName,
             {"T: {float}", "N: int >= 1", "M: int >= 0"},
             {"parameters: N * T", "gradients: N * T", "slots: M * T", "settings: float", "factor: float"},
             {"updated: N * T", "updated_slots: M * T"}});
  define_kernel<Update<Rule>>(Rule::kName, TF_FLOAT);
}

}  // namespace

void define_update() {
  define<Sgd>();
  define<Adam>();
  define<RmsProp>();
  define<Lion>();
}

}  // namespace podium
