// The parts of attention around its matrix products, each in one pass over memory: splits queries, keys and values by
// head and window, joins results, and turns scores into weights.
#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "activation.h"
#include "element.h"
#include "kernel.h"
#include "parallel.h"

namespace podium {
namespace {

constexpr int64_t kMaxChunks = 128;

// Calls `body(i)` for each i in [0, n), in parallel chunks.
template <typename Body>
void for_each_index(int64_t n, const Body& body) {
  const int64_t step = std::max<int64_t>(1, (n + kMaxChunks - 1) / kMaxChunks);
  parallel_for((n + step - 1) / step, [&](int64_t chunk) {
    for (int64_t i = chunk * step; i < std::min(n, (chunk + 1) * step); i++) body(i);
  });
}

// Memory layout: tokens `[batch, tokens, parts, heads, features]` joined; one tensor `[batch * windows, heads, window,
// features]` per part split. `order` lists the tokens, window after window.
struct Layout {
  int64_t batch = 0, tokens = 0, parts = 0, heads = 0, window = 0, features = 0;
  const int32_t* order = nullptr;

  int64_t width() const { return parts * heads * features; }

  // Calls `copy(token, part, split)` for each run of `features` values: its offset in the joined tensor, its part, and
  // its offset in the part's tensor.
  template <typename Copy>
  void each(const Copy& copy) const {
    for_each_index(batch * tokens, [&](int64_t i) {
      const int64_t sample = i / tokens, place = i % tokens;
      const int64_t token = order == nullptr ? place : order[place];
      const int64_t group = i / window, row = place % window;
      for (int64_t part = 0; part < parts; part++) {
        for (int64_t head = 0; head < heads; head++) {
          copy((sample * tokens + token) * width() + (part * heads + head) * features, part,
               ((group * heads + head) * window + row) * features);
        }
      }
    });
  }

  // Checks and sets `order`, which must be a permutation of the tokens, or empty.
  bool set_order(Call& call, const int32_t* values, int64_t size) {
    if (!call.require(size == 0 || size == tokens, "attention: order must have one value per token")) return false;
    if (size == 0) return true;
    std::vector<bool> seen(tokens);
    for (int64_t i = 0; i < tokens; i++) {
      const bool fits = values[i] >= 0 && values[i] < tokens && !seen[values[i]];
      if (!call.require(fits, "attention: order must be a permutation")) return false;
      seen[values[i]] = true;
    }
    order = values;
    return true;
  }
};

template <typename T>
class SplitHeads {
 public:
  explicit SplitHeads(Attributes& attributes)
      : parts_(attributes.integer("parts")), heads_(attributes.integer("heads")), window_(attributes.integer("window")) {}

  void run(Call& call) {
    Shape shape, order_shape;
    const T* x = call.input<T>(0, &shape);
    const int32_t* order = call.input<int32_t>(1, &order_shape);
    if (!call.require(shape.size() == 3 && window_ > 0 && shape[1] % window_ == 0 && parts_ * heads_ > 0 &&
                          shape[2] % (parts_ * heads_) == 0,
                      "PodiumSplitHeads: x must be [batch, windows * window, parts * heads * features]")) {
      return;
    }
    Layout layout{shape[0], shape[1], parts_, heads_, window_, shape[2] / (parts_ * heads_)};
    if (!layout.set_order(call, order, count(order_shape))) return;
    std::vector<T*> outputs(parts_);
    for (int64_t part = 0; part < parts_; part++) {
      outputs[part] = call.output<T>(static_cast<int>(part), TypeOf<T>::value,
                                     {layout.batch * layout.tokens / window_, heads_, window_, layout.features});
    }
    if (!call.ok()) return;
    const size_t bytes = layout.features * sizeof(T);
    layout.each([&](int64_t token, int64_t part, int64_t split) {
      std::memcpy(outputs[part] + split, x + token, bytes);
    });
  }

 private:
  int64_t parts_, heads_, window_;
};

template <typename T>
class JoinHeads {
 public:
  explicit JoinHeads(Attributes& attributes)
      : parts_(attributes.integer("parts")), batch_(attributes.integer("batch")) {}

  void run(Call& call) {
    Shape shape, order_shape;
    std::vector<const T*> inputs(parts_);
    for (int64_t part = 0; part < parts_; part++) {
      Shape own;
      inputs[part] = call.input<T>(static_cast<int>(part), &own);
      if (part == 0) shape = own;
      if (!call.require(own == shape, "PodiumJoinHeads: the parts differ in shape")) return;
    }
    const int32_t* order = call.input<int32_t>(static_cast<int>(parts_), &order_shape);
    if (!call.require(shape.size() == 4 && batch_ > 0 && shape[0] % batch_ == 0,
                      "PodiumJoinHeads: x must be [batch * windows, heads, window, features]")) {
      return;
    }
    Layout layout{batch_, shape[0] / batch_ * shape[2], parts_, shape[1], shape[2], shape[3]};
    if (!layout.set_order(call, order, count(order_shape))) return;
    T* y = call.output<T>(0, TypeOf<T>::value, {batch_, layout.tokens, layout.width()});
    if (!call.ok()) return;
    const size_t bytes = layout.features * sizeof(T);
    layout.each([&](int64_t token, int64_t part, int64_t split) {
      std::memcpy(y + token, inputs[part] + split, bytes);
    });
  }

 private:
  int64_t parts_, batch_;
};

// y = softmax(scale * x + bias) over the last axis. Rows of bias repeat: row i of x gets row i % bias_rows.
template <typename T>
class AttentionWeights {
 public:
  explicit AttentionWeights(Attributes& attributes) : scale_(attributes.real("scale")) {}

  void run(Call& call) {
    Shape shape, bias_shape;
    const T* x = call.input<T>(0, &shape);
    const float* bias = call.input<float>(1, &bias_shape);
    const int64_t n = shape.empty() ? 1 : shape.back();
    const int64_t rows = n == 0 ? 0 : count(shape) / n;
    const int64_t bias_rows = n == 0 ? 0 : count(bias_shape) / n;
    if (!call.require(count(bias_shape) == bias_rows * n && (bias_rows == 0 || rows % bias_rows == 0),
                      "PodiumAttentionWeights: bias must have rows as long as x's, and their number must divide x's")) {
      return;
    }
    T* y = call.output<T>(0, TypeOf<T>::value, shape);
    if (!call.ok()) return;
    const int64_t step = std::max<int64_t>(1, (rows + kMaxChunks - 1) / kMaxChunks);
    parallel_for((rows + step - 1) / step, [&](int64_t chunk) {
      std::vector<float> memory(n);
      float* row = memory.data();
      for (int64_t r = chunk * step; r < std::min(rows, (chunk + 1) * step); r++) {
        const T* in = x + r * n;
        T* out = y + r * n;
        const float* add = bias_rows == 0 ? nullptr : bias + r % bias_rows * n;
        constexpr float kLowest = -std::numeric_limits<float>::infinity();
        const auto scaled = [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          V v = load<V>(in + i) * scale_;
          if (add != nullptr) v += load<V>(add + i);
          store(row + i, v);
          return v;
        };
        const auto max = reduce<float>(n, kLowest, scaled, [](auto a, auto b) { return b > a ? b : a; });
        const auto total = sum<float>(n, [&](int64_t i, auto lanes) {
          const auto e = exponential(load<decltype(lanes)>(row + i) - max);
          store(row + i, e);
          return e;
        });
        const float inverse = 1.0f / total;
        for_lanes(n, [&](int64_t i, auto lanes) {
          using V = decltype(lanes);
          store(out + i, load<V>(row + i) * inverse);
        });
      }
    });
  }

 private:
  float scale_;
};

// d(scale * x + bias) = y (dy - sum of dy y over the row); dx is that times scale, dbias is its sum over the rows that
// share a row of bias.
template <typename T>
class AttentionWeightsGrad {
 public:
  explicit AttentionWeightsGrad(Attributes& attributes)
      : scale_(attributes.real("scale")), bias_rows_(attributes.integer("bias_rows")) {}

  void run(Call& call) {
    Shape shape, y_shape;
    const T* dy = call.input<T>(0, &shape);
    const T* y = call.input<T>(1, &y_shape);
    const int64_t n = shape.empty() ? 1 : shape.back();
    const int64_t rows = n == 0 ? 0 : count(shape) / n;
    if (!call.require(shape == y_shape && bias_rows_ >= 0 && (bias_rows_ == 0 || rows % bias_rows_ == 0),
                      "PodiumAttentionWeightsGrad: dy and y must have equal shapes, and bias_rows must divide their rows")) {
      return;
    }
    T* dx = call.output<T>(0, TypeOf<T>::value, shape);
    float* dbias = call.output<float>(1, TF_FLOAT, {bias_rows_, n});
    if (!call.ok()) return;
    if (bias_rows_ == 0) {
      for_each_index(rows, [&](int64_t r) { row(dy + r * n, y + r * n, dx + r * n, nullptr, n); });
      return;
    }
    for_each_index(bias_rows_, [&](int64_t b) {
      float* sums = dbias + b * n;
      std::fill(sums, sums + n, 0.0f);
      for (int64_t r = b; r < rows; r += bias_rows_) row(dy + r * n, y + r * n, dx + r * n, sums, n);
    });
  }

 private:
  void row(const T* g, const T* w, T* out, float* sums, int64_t n) const {
    const auto dot = sum<float>(n, [&](int64_t i, auto lanes) {
      using V = decltype(lanes);
      return load<V>(g + i) * load<V>(w + i);
    });
    for_lanes(n, [&](int64_t j, auto lanes) {
      using V = decltype(lanes);
      const V d = load<V>(w + j) * (load<V>(g + j) - dot);
      store(out + j, d * scale_);
      if (sums != nullptr) store(sums + j, load<V>(sums + j) + d);
    });
  }

  float scale_;
  int64_t bias_rows_;
};

template <template <typename> class Kernel>
void define_both(const char* op) {
  define_kernel<Kernel<float>>(op, TF_FLOAT);
  define_kernel<Kernel<Bfloat16>>(op, TF_BFLOAT16);
}

}  // namespace

void define_attention() {
  const char* type = "T: {float, bfloat16}";
  define_op({"PodiumSplitHeads",
             {type, "parts: int >= 1", "heads: int", "window: int"},
             {"x: T", "order: int32"},
             {"y: parts * T"}});
  define_both<SplitHeads>("PodiumSplitHeads");
  define_op({"PodiumJoinHeads", {type, "parts: int >= 1", "batch: int"}, {"x: parts * T", "order: int32"}, {"y: T"}});
  define_both<JoinHeads>("PodiumJoinHeads");
  define_op({"PodiumAttentionWeights", {type, "scale: float"}, {"x: T", "bias: float"}, {"y: T"}});
  define_both<AttentionWeights>("PodiumAttentionWeights");
  define_op({"PodiumAttentionWeightsGrad",
             {type, "scale: float", "bias_rows: int"},
             {"dy: T", "y: T"},
             {"dx: T", "dbias: float"}});
  define_both<AttentionWeightsGrad>("PodiumAttentionWeightsGrad");
}

}  // namespace podium
