// Gradient of a convolution by its filter, from bfloat16 to float32:
//   dw[ky][kx][c][k] = sum over n, oh, ow of
//     x[n][oh * stride + ky * dilation - pad_top][ow * stride + kx * dilation - pad_left][c] * dy[n][oh][ow][k]
// oneDNN's takes up to twice as long inside TensorFlow, whose threads cannot wait for each other.
//
// The CPU multiplies bfloat16 in pairs along the sum. Here a pair is the same pixel of two images, not two neighbors in a
// row: then all taps, for any stride and dilation, read the same packed x, and no row has an odd end. The loops skip taps
// outside the image, so padding saves time instead of costing it.
#include "kernel.h"

// With AMX, oneDNN multiplies whole bfloat16 matrices, which is faster than any vector code.
#if defined(__AVX512BF16__) && defined(__AVX512BW__) && defined(__AVX512VL__) && !defined(__AMX_BF16__)
#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "element.h"
#include "parallel.h"

namespace podium {
namespace {

// The packed pixels of a chunk and its tile of dw share a core's private cache, of at least a megabyte.
constexpr int64_t kChunkPixels = 384, kTileFloats = 80 << 10;
// More tasks keep more threads busy, but need more partial sums, one dw each, limited to 16 MB.
constexpr int64_t kTasks = 16, kPartialFloats = 4 << 20;

struct Range {
  int64_t begin, end;
  int64_t size() const { return end - begin; }
};

// [0, n) in parts of equal size, at most `most`; the last part may be shorter.
class Split {
 public:
  Split() = default;
  Split(int64_t n, int64_t most) : n_(n), size_(ceil_div(n, ceil_div(n, std::max<int64_t>(1, most)))) {}
  int64_t count() const { return ceil_div(n_, size_); }
  int64_t size() const { return size_; }
  Range operator[](int64_t i) const { return {i * size_, std::min(n_, (i + 1) * size_)}; }

 private:
  int64_t n_ = 1, size_ = 1;
};

// One axis of the images. Only every `step`-th pixel from `offset` on is packed; other fields count packed pixels.
struct Axis {
  int64_t size, out, kernel, stride, dilation, pad, step = 1, offset = 0;

  Axis(int64_t size, int64_t out, int64_t kernel = 1, int64_t stride = 1, int64_t dilation = 1, int64_t pad = 0)
      : size(size), out(out), kernel(kernel), stride(stride), dilation(dilation), pad(pad) {
    if (kernel > 1 || stride == 1) return;
    step = stride;
    offset = (step - pad % step) % step;
    this->size = std::max<int64_t>(0, ceil_div(size - offset, step));
    this->pad = (pad + offset) / step;
    this->stride = 1;
  }

  // Position of a tap of output `o`; may be outside the image.
  int64_t at(int64_t o, int64_t tap) const { return o * stride + tap * dilation - pad; }

  // The outputs whose tap is inside the image.
  Range inside(int64_t tap, Range outputs) const {
    const int64_t before = pad - tap * dilation;
    const int64_t begin = std::max(outputs.begin, before <= 0 ? 0 : ceil_div(before, stride));
    const int64_t end = std::min(outputs.end, size + before <= 0 ? 0 : ceil_div(size + before, stride));
    return {begin, std::max(begin, end)};
  }

  // The pixels that the outputs touch.
  Range reach(Range outputs) const {
    const int64_t begin = std::clamp<int64_t>(at(outputs.begin, 0), 0, size);
    return {begin, std::max(begin, std::min(size, at(outputs.end - 1, kernel - 1) + 1))};
  }
};

// At least `size` elements of a thread's buffer, which is kept between calls.
template <typename Element, typename Vector>
Element* reserve(std::vector<Vector>& memory, int64_t size) {
  const auto vectors = static_cast<size_t>(ceil_div(size, kLanes));
  if (memory.size() < vectors) memory.resize(vectors);
  return reinterpret_cast<Element*>(memory.data());
}

// Strides of packed pairs of bfloat16, counted in pairs. A unit is sixteen adjacent channels.
struct Strides {
  int64_t unit, image, row, pixel;
};

inline __mmask16 first_lanes(int64_t n) { return n >= kLanes ? 0xffff : static_cast<__mmask16>((1 << n) - 1); }

// The first n pairs (a[i], b[i]), at most sixteen, then zeros. If b does not exist, its mask is zero.
inline __m512i interleave(const Bfloat16* a, const Bfloat16* b, __mmask16 exists, int64_t n) {
  const __m512i first = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first_lanes(n), a));
  const __m512i second = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first_lanes(n) & exists, b));
  return _mm512_or_si512(first, _mm512_slli_epi32(second, 16));
}

// The CPU's own prefetching stops at the end of a page: without this, packing waits for memory half of the time.
inline void fetch_ahead(const Bfloat16* p) { __builtin_prefetch(p + 2048); }

// A tensor [images, height, width, channels] with its axes.
class Images {
 public:
  Images(const Bfloat16* data, const Shape& shape, const Axis& height, const Axis& width)
      : data_(data),
        count_(shape[0]),
        row_size_(shape[2] * shape[3]),
        image_size_(shape[1] * row_size_),
        channels_(shape[3]),
        height_(height),
        width_(width) {}

  // As [units][pairs of images, rows, pixels][16].
  void pack(Range pairs, Range rows, Range units, const Strides& strides, uint32_t* out) const {
    each_row(pairs, rows, strides, out, [&](const Bfloat16* a, const Bfloat16* b, __mmask16 exists, uint32_t* to) {
      for (int64_t pixel = 0; pixel < width_.size; pixel++, to += strides.pixel) {
        const int64_t at = (width_.offset + pixel * width_.step) * channels_;
        for (int64_t u = units.begin; u < units.end; u++) {
          const int64_t i = at + u * kLanes;
          if ((u - units.begin) % 2 == 0) {
            fetch_ahead(a + i);
            fetch_ahead(b + i);
          }
          const __m512i pairs = interleave(a + i, b + i, exists, channels_ - u * kLanes);
          _mm512_store_si512(to + (u - units.begin) * strides.unit, pairs);
        }
      }
    });
  }

  // As [pairs of images, rows][width, channels], with `margin` zeros before each row and zeros after it.
  void pack_rows(Range pairs, Range rows, int64_t margin, const Strides& strides, uint32_t* out) const {
    each_row(pairs, rows, strides, out, [&](const Bfloat16* a, const Bfloat16* b, __mmask16 exists, uint32_t* to) {
      std::fill(to, to + margin, 0);
      for (int64_t i = 0; i < row_size_; i += kLanes) {
        _mm512_storeu_si512(to + margin + i, interleave(a + i, b + i, exists, row_size_ - i));
      }
      std::fill(to + margin + row_size_, to + strides.row, 0);
    });
  }

 private:
  template <typename PackRow>
  void each_row(Range pairs, Range rows, const Strides& strides, uint32_t* out, const PackRow& pack_row) const {
    for (int64_t pair = pairs.begin; pair < pairs.end; pair++) {
      const bool exists = 2 * pair + 1 < count_;
      for (int64_t row = rows.begin; row < rows.end; row++) {
        const Bfloat16* a = data_ + 2 * pair * image_size_ + (height_.offset + row * height_.step) * row_size_;
        uint32_t* to = out + (pair - pairs.begin) * strides.image + (row - rows.begin) * strides.row;
        pack_row(a, exists ? a + image_size_ : a, exists ? 0xffff : 0, to);
      }
    }
  }

  const Bfloat16* data_;
  int64_t count_, row_size_, image_size_, channels_;
  Axis height_, width_;
};

// sum[j][v] += x[j] * dy[v] over images, rows and pixels, where x[j] is one pair and dy[v] is sixteen pairs.
struct Product {
  int64_t images, rows, pixels;
  const uint32_t *x, *dy;
  Strides x_strides, dy_strides;
  float* sum;
  int64_t sum_row;
};

// The sums stay in registers: the compiler unrolls every loop over j and v.
template <int J, int V>
void multiply(const Product& p) {
  __m512 sum[J][V];
  for (int j = 0; j < J; j++) {
    for (int v = 0; v < V; v++) sum[j][v] = _mm512_load_ps(p.sum + j * p.sum_row + kLanes * v);
  }
  const int64_t unit = p.dy_strides.unit, step = p.x_strides.pixel;
  for (int64_t image = 0; image < p.images; image++) {
    for (int64_t row = 0; row < p.rows; row++) {
      const uint32_t* x = p.x + image * p.x_strides.image + row * p.x_strides.row;
      const uint32_t* dy = p.dy + image * p.dy_strides.image + row * p.dy_strides.row;
      for (int64_t pixel = 0; pixel < p.pixels; pixel++, x += step, dy += kLanes) {
        __m512bh b[V];
        for (int v = 0; v < V; v++) b[v] = bit_cast<__m512bh>(_mm512_load_si512(dy + v * unit));
        for (int j = 0; j < J; j++) {
          const __m512bh a = bit_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(x[j])));
          for (int v = 0; v < V; v++) sum[j][v] = _mm512_dpbf16_ps(sum[j][v], a, b[v]);
        }
      }
    }
  }
  for (int j = 0; j < J; j++) {
    for (int v = 0; v < V; v++) _mm512_store_ps(p.sum + j * p.sum_row + kLanes * v, sum[j][v]);
  }
}

using Multiply = void (*)(const Product&);
template <int V, int... J>
constexpr std::array<Multiply, sizeof...(J)> multiplies(std::integer_sequence<int, J...>) {
  return {multiply<J + 1, V>...};
}

// A product of `width` pairs of x and `vectors` vectors of dy, in blocks of at most 16x1, 8x2 or 8x3: 16 to 24 sums
// keep the CPU's multipliers busy and fit into its registers.
void multiply_blocks(const Product& product, int64_t width, int64_t vectors) {
  static constexpr auto one = multiplies<1>(std::make_integer_sequence<int, 16>());
  static constexpr auto two = multiplies<2>(std::make_integer_sequence<int, 8>());
  static constexpr auto three = multiplies<3>(std::make_integer_sequence<int, 8>());
  for (int64_t v = 0, wide = 0; v < vectors; v += wide) {
    wide = vectors - v == 3 ? 3 : std::min<int64_t>(2, vectors - v);
    const Multiply* by_width = wide == 1 ? one.data() : wide == 2 ? two.data() : three.data();
    Product p = product;
    p.dy += v * p.dy_strides.unit;
    for (int64_t c = 0; c < width; c += kLanes) {
      const Split blocks(std::min(kLanes, width - c), wide == 1 ? 16 : 8);
      for (int64_t i = 0; i < blocks.count(); i++) {
        p.x = product.x + c / kLanes * p.x_strides.unit + blocks[i].begin;
        p.sum = product.sum + (c + blocks[i].begin) * p.sum_row + v * kLanes;
        by_width[blocks[i].size() - 1](p);
      }
    }
  }
}

// dw is cut into tiles (some columns, the channels of x, times some filters, with all taps), and the images into
// splits. A task sums one tile over one split, chunk by chunk. All of it depends only on the shapes, so that sums do
// not depend on the number of threads.
class FilterGrad {
 public:
  FilterGrad(const Bfloat16* x, const Shape& x_shape, const Bfloat16* dy, const Shape& dy_shape, const Axis& height,
             const Axis& width)
      : height_(height),
        width_(width),
        x_(x, x_shape, height, width),
        dy_(dy, dy_shape, Axis(dy_shape[1], dy_shape[1]), Axis(dy_shape[2], dy_shape[2])),
        channels_(x_shape[3]),
        filters_(dy_shape[3]) {
    // Few channels would leave most of a block empty. But the taps of a filter's row read adjacent pixels, so they can
    // be treated as one tap with more channels.
    folded_ = channels_ < 8 && width_.kernel > 1 && width_.dilation == 1;
    columns_ = folded_ ? channels_ * width_.kernel : channels_;
    taps_ = height_.kernel * (folded_ ? 1 : width_.kernel);

    filter_parts_ = Split(ceil_div(filters_, kLanes), taps_ > 1 ? 8 : 16);
    tile_row_ = kLanes * filter_parts_.size();
    column_parts_ = Split(ceil_div(columns_, kLanes), folded_ ? columns_ : kTileFloats / (taps_ * kLanes * tile_row_));
    tile_tap_ = kLanes * column_parts_.size() * tile_row_;
    tile_size_ = taps_ * tile_tap_;
    tiles_ = filter_parts_.count() * column_parts_.count();

    row_parts_ = Split(height_.out, kChunkPixels / width_.out);
    const int64_t pairs_at_once = row_parts_.count() > 1 ? 1 : kChunkPixels / (height_.out * width_.out);
    pair_parts_ = Split(ceil_div(x_shape[0], 2), pairs_at_once);
    const int64_t chunks = row_parts_.count() * pair_parts_.count();
    const int64_t splits = std::min(ceil_div(kTasks, tiles_), kPartialFloats / (tile_size_ * tiles_));
    splits_ = Split(chunks, ceil_div(chunks, std::max<int64_t>(1, splits)));
  }

  void run(float* dw) const {
    const bool whole = splits_.count() == 1;
    const int64_t vectors = whole ? 0 : splits_.count() * tiles_ * tile_size_ / kLanes;
    const std::unique_ptr<Floats[]> partial(new Floats[vectors]);
    float* sums = reinterpret_cast<float*>(partial.get());
    parallel_for(splits_.count() * tiles_, [&](int64_t task) {
      static thread_local std::vector<Floats> memory;
      float* tile = whole ? reserve<float>(memory, tile_size_) : sums + task * tile_size_;
      add_up(splits_[task / tiles_], task % tiles_, tile);
      if (whole) finish(tile, task, {0, taps_}, dw);
    });
    if (whole) return;
    parallel_for(tiles_ * taps_, [&](int64_t i) {
      const int64_t tile = i / taps_, tap = i % taps_;
      finish(sums + tile * tile_size_, tile, {tap, tap + 1}, dw);
    });
  }

 private:
  Range columns_of(int64_t tile) const { return column_parts_[tile % column_parts_.count()]; }
  Range filters_of(int64_t tile) const { return filter_parts_[tile / column_parts_.count()]; }

  // Fills a tile with its sums over some chunks.
  void add_up(Range chunks, int64_t index, float* tile) const {
    static thread_local std::vector<Words> x_memory, dy_memory;
    const Range columns = columns_of(index), filters = filters_of(index);
    const int64_t width = std::min(columns_, columns.end * kLanes) - columns.begin * kLanes;
    std::fill(tile, tile + tile_size_, 0.0f);
    for (int64_t chunk = chunks.begin; chunk < chunks.end; chunk++) {
      const Range pairs = pair_parts_[chunk / row_parts_.count()], rows = row_parts_[chunk % row_parts_.count()];
      const Range reach = height_.reach(rows);
      Product p;
      p.images = pairs.size();
      p.sum_row = tile_row_;

      const Strides dy_strides = strides_of(pairs, rows, width_.out);
      uint32_t* dy = reserve<uint32_t>(dy_memory, filters.size() * dy_strides.unit);
      dy_.pack(pairs, rows, filters, dy_strides, dy);
      p.dy_strides = dy_strides;

      Strides x_strides = strides_of(pairs, reach, width_.size);
      uint32_t* x;
      if (folded_) {
        const int64_t row = std::max(width_.pad + width_.size, (width_.out - 1) * width_.stride + width_.kernel);
        x_strides = {kLanes, reach.size() * row * channels_, row * channels_, channels_};
        x = reserve<uint32_t>(x_memory, pairs.size() * x_strides.image + kLanes);
        x_.pack_rows(pairs, reach, width_.pad * channels_, x_strides, x);
      } else {
        x = reserve<uint32_t>(x_memory, columns.size() * x_strides.unit);
        x_.pack(pairs, reach, columns, x_strides, x);
      }
      p.x_strides = x_strides;
      p.x_strides.row *= height_.stride;
      p.x_strides.pixel *= width_.stride;

      for (int64_t tap = 0; tap < taps_; tap++) {
        const int64_t ky = folded_ ? tap : tap / width_.kernel, kx = folded_ ? 0 : tap % width_.kernel;
        const Range oh = height_.inside(ky, rows);
        const Range ow = folded_ ? Range{0, width_.out} : width_.inside(kx, {0, width_.out});
        if (oh.size() == 0 || ow.size() == 0) continue;
        const int64_t ih = height_.at(oh.begin, ky) - reach.begin, iw = folded_ ? 0 : width_.at(ow.begin, kx);
        p.x = x + ih * x_strides.row + iw * x_strides.pixel;
        p.dy = dy + (oh.begin - rows.begin) * dy_strides.row + ow.begin * dy_strides.pixel;
        p.sum = tile + tap * tile_tap_;
        // Rows without a gap between them form one long row.
        const bool joined = p.x_strides.row == ow.size() * p.x_strides.pixel && ow.size() == width_.out;
        p.rows = joined ? 1 : oh.size();
        p.pixels = joined ? oh.size() * ow.size() : ow.size();
        multiply_blocks(p, width, filters.size());
      }
    }
  }

  // Stride of packed units: one cache line more than needed, so that units do not map to the same cache sets.
  static Strides strides_of(Range pairs, Range rows, int64_t width) {
    const int64_t row = width * kLanes, image = rows.size() * row;
    return {pairs.size() * image + kLanes, image, row, kLanes};
  }

  // Adds a tile's partial sums in order and writes them to dw, for some taps.
  void finish(const float* tile, int64_t index, Range taps, float* dw) const {
    const Range columns = columns_of(index), filters = filters_of(index);
    for (int64_t tap = taps.begin; tap < taps.end; tap++) {
      const float* from = tile + tap * tile_tap_;
      for (int64_t c = columns.begin * kLanes; c < std::min(columns_, columns.end * kLanes); c++, from += tile_row_) {
        for (int64_t v = 0; v < filters.size(); v++) {
          __m512 sum = _mm512_load_ps(from + v * kLanes);
          for (int64_t s = 1; s < splits_.count(); s++) {
            sum = _mm512_add_ps(sum, _mm512_load_ps(from + s * tiles_ * tile_size_ + v * kLanes));
          }
          const int64_t k = (filters.begin + v) * kLanes;
          _mm512_mask_storeu_ps(dw + (tap * columns_ + c) * filters_ + k, first_lanes(filters_ - k), sum);
        }
      }
    }
  }

  Axis height_, width_;
  Images x_, dy_;
  int64_t channels_, filters_;
  bool folded_;
  int64_t columns_, taps_, tiles_, tile_row_, tile_tap_, tile_size_;
  Split filter_parts_, column_parts_, row_parts_, pair_parts_, splits_;
};

class Conv2DFilterGrad {
 public:
  explicit Conv2DFilterGrad(Attributes& attributes)
      : kernel_{attributes.integer("kernel_height"), attributes.integer("kernel_width")},
        stride_{attributes.integer("stride_height"), attributes.integer("stride_width")},
        dilation_{attributes.integer("dilation_height"), attributes.integer("dilation_width")},
        pad_{attributes.integer("pad_top"), attributes.integer("pad_left")} {}

  void run(Call& call) {
    Shape x_shape, dy_shape;
    const Bfloat16* x = call.input<Bfloat16>(0, &x_shape);
    const Bfloat16* dy = call.input<Bfloat16>(1, &dy_shape);
    call.require(x_shape.size() == 4 && dy_shape.size() == 4, "PodiumConv2DFilterGrad: x and dy must have four axes");
    call.require(call.ok() && x_shape[0] == dy_shape[0], "PodiumConv2DFilterGrad: x and dy differ in their batch");
    for (int axis = 0; axis < 2; axis++) {
      call.require(kernel_[axis] > 0 && stride_[axis] > 0 && dilation_[axis] > 0 && pad_[axis] >= 0,
                   "PodiumConv2DFilterGrad: kernel, stride and dilation must be positive and padding not negative");
    }
    if (!call.ok()) return;
    const Shape shape{kernel_[0], kernel_[1], x_shape[3], dy_shape[3]};
    float* dw = call.output<float>(0, TF_FLOAT, shape);
    if (!call.ok()) return;
    if (count(x_shape) == 0 || count(dy_shape) == 0) {
      std::fill(dw, dw + count(shape), 0.0f);
      return;
    }
    const Axis height(x_shape[1], dy_shape[1], kernel_[0], stride_[0], dilation_[0], pad_[0]);
    const Axis width(x_shape[2], dy_shape[2], kernel_[1], stride_[1], dilation_[1], pad_[1]);
    FilterGrad(x, x_shape, dy, dy_shape, height, width).run(dw);
  }

 private:
  int64_t kernel_[2], stride_[2], dilation_[2], pad_[2];
};

}  // namespace

bool define_conv_filter_grad() {
  define_op({"PodiumConv2DFilterGrad",
             {"T: {bfloat16}", "kernel_height: int", "kernel_width: int", "stride_height: int", "stride_width: int",
              "dilation_height: int", "dilation_width: int", "pad_top: int", "pad_left: int"},
             {"x: T", "dy: T"},
             {"dw: float"}});
  define_kernel<Conv2DFilterGrad>("PodiumConv2DFilterGrad", TF_BFLOAT16);
  return true;
}

}  // namespace podium

#else

namespace podium {

bool define_conv_filter_grad() { return false; }

}  // namespace podium

#endif
