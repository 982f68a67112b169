// For ops that process a list of tensors, so that a training step needs one call for all its weights.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "element.h"
#include "kernel.h"
#include "parallel.h"

namespace podium {

// A list of tensors, cut into pieces. Pieces depend only on the lengths, so that sums do not depend on the number of
// threads.
class TensorList {
 public:
  struct Piece {
    int64_t tensor, start, length;
  };

  // Reads inputs [first, first + count) of an op.
  TensorList(Call& call, int first, int64_t count) : data_(count), shapes_(count) {
    for (int64_t t = 0; t < count; t++) {
      data_[t] = call.input<float>(first + static_cast<int>(t), &shapes_[t]);
      const int64_t length = podium::count(shapes_[t]);
      for (int64_t start = 0; start < length; start += kPiece) {
        pieces_.push_back({t, start, std::min(kPiece, length - start)});
      }
    }
  }

  const float* operator[](int64_t tensor) const { return data_[tensor]; }
  const Shape& shape(int64_t tensor) const { return shapes_[tensor]; }
  int64_t size() const { return static_cast<int64_t>(data_.size()); }
  const std::vector<Piece>& pieces() const { return pieces_; }

  // Fails the op unless tensor i of `other` has as many values as tensor i % size() of this list.
  bool require_like(Call& call, const TensorList& other, const char* message) const {
    for (int64_t t = 0; t < other.size(); t++) {
      if (!call.require(podium::count(other.shape(t)) == podium::count(shape(t % size())), message)) return false;
    }
    return call.ok();
  }

  // Outputs [first, first + other.size()) with the shapes of `other`.
  static std::vector<float*> outputs(Call& call, int first, const TensorList& other) {
    std::vector<float*> result(other.size());
    for (int64_t t = 0; t < other.size(); t++) {
      result[t] = call.output<float>(first + static_cast<int>(t), TF_FLOAT, other.shape(t));
    }
    return result;
  }

  // Calls `body(piece index, piece)` for each piece, in parallel.
  template <typename Body>
  void each(const Body& body) const {
    parallel_for(static_cast<int64_t>(pieces_.size()), [&](int64_t i) { body(i, pieces_[i]); });
  }

 private:
  static constexpr int64_t kPiece = 32768;

  std::vector<const float*> data_;
  std::vector<Shape> shapes_;
  std::vector<Piece> pieces_;
};

inline float root(float value) { return std::sqrt(value); }
inline Floats root(Floats value) {
  for (int64_t lane = 0; lane < kLanes; lane++) value[lane] = std::sqrt(value[lane]);
  return value;
}

// Gradient clipping: multiplies by the factor of clipping by norm, then clips to [-bound, bound]. NaN stays NaN.
template <typename V>
inline V clipped(V gradient, float factor, float bound) {
  const V scaled = gradient * factor;
  const V low = splat<V>(-bound), high = splat<V>(bound);
  const V raised = scaled < low ? low : scaled;
  return raised > high ? high : raised;
}

}  // namespace podium
