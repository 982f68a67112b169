// Gradients of a depthwise convolution with one filter per channel and any stride and padding. Channels are adjacent in
// memory, so a register holds one pixel of several channels.
//   dx[n][h][w][c] = sum over taps of dy[n][oh][ow][c] * filter[ky][kx][c],  with oh * stride + ky - pad = h, same for w
//   dw[ky][kx][c]  = sum over n, oh, ow of x[n][oh * stride + ky - pad][ow * stride + kx - pad][c] * dy[n][oh][ow][c]
// oneDNN has neither for a padding other than TensorFlow's SAME and VALID, so it costs a padded and a cropped copy, and it
// computes both in bfloat16 many times slower than in float.
#include <algorithm>
#include <memory>
#include <vector>

#include "element.h"
#include "kernel.h"
#include "parallel.h"

namespace podium {
namespace {

// One axis of the images.
struct Axis {
  int64_t size, out, kernel, stride, pad;

  // The outputs whose tap is inside the image.
  int64_t first(int64_t tap) const { return ceil_div(std::max<int64_t>(0, pad - tap), stride); }
  int64_t last(int64_t tap) const {
    const int64_t room = size - 1 + pad - tap;
    return room < 0 ? 0 : std::min(out, room / stride + 1);
  }
};

// Rows are distributed in parts that depend only on the shape, so that sums do not depend on the number of threads.
struct Parts {
  int64_t rows, size, count;
  Parts(int64_t rows, int64_t row_elements) : rows(rows) {
    constexpr int64_t kMinElements = 32768, kMaxParts = 64;
    size = std::max(ceil_div(rows, kMaxParts), ceil_div(kMinElements, std::max<int64_t>(1, row_elements)));
    count = ceil_div(rows, size);
  }
  template <typename Body>
  void each(const Body& body) const {
    parallel_for(count, [&](int64_t part) {
      for (int64_t row = part * size; row < std::min(rows, (part + 1) * size); row++) body(part, row);
    });
  }
};

bool axes_of(Call& call, const Shape& x, const Shape& dy, const int64_t* kernel, const int64_t* stride, const int64_t* pad,
             std::vector<Axis>* axes) {
  for (int axis = 0; axis < 2; axis++) {
    const bool fits = kernel[axis] > 0 && stride[axis] > 0 && pad[axis] >= 0;
    if (!call.require(fits, "depthwise gradient: kernel and stride must be positive and padding not negative")) return false;
    axes->push_back({x[1 + axis], dy[1 + axis], kernel[axis], stride[axis], pad[axis]});
  }
  return call.require(x[0] == dy[0] && x[3] == dy[3], "depthwise gradient: the images differ in their batch or channels");
}

template <typename T>
class DepthwiseInputGrad {
 public:
  explicit DepthwiseInputGrad(Attributes& attributes)
      : size_{attributes.integer("height"), attributes.integer("width")},
        stride_{attributes.integer("stride_height"), attributes.integer("stride_width")},
        pad_{attributes.integer("pad_top"), attributes.integer("pad_left")} {}

  void run(Call& call) {
    Shape dy_shape, filter_shape;
    const T* dy = call.input<T>(0, &dy_shape);
    const T* filter = call.input<T>(1, &filter_shape);
    if (!call.require(dy_shape.size() == 4 && filter_shape.size() == 4 && filter_shape[3] == 1 &&
                          filter_shape[2] == dy_shape[3],
                      "PodiumDepthwiseInputGrad: dy must be [B,H,W,C] and the filter [kh,kw,C,1]")) {
      return;
    }
    const int64_t channels = dy_shape[3], kernel[2] = {filter_shape[0], filter_shape[1]};
    const Shape shape{dy_shape[0], size_[0], size_[1], channels};
    std::vector<Axis> axes;
    if (!axes_of(call, shape, dy_shape, kernel, stride_, pad_, &axes)) return;
    T* dx = call.output<T>(0, TypeOf<T>::value, shape);
    if (!call.ok() || count(shape) == 0) return;
    const Axis &height = axes[0], &width = axes[1];

    std::vector<float> weights(count(filter_shape));
    for_lanes(count(filter_shape), [&](int64_t i, auto lanes) { store(&weights[i], load<decltype(lanes)>(filter + i)); });
    const Parts parts(shape[0] * height.size, width.size * channels);
    parts.each([&](int64_t, int64_t row) {
      const int64_t n = row / height.size, h = row % height.size;
      // The rows of dy that reach this one, with their rows of the filter.
      std::vector<Tap> rows, taps;
      for (int64_t ky = (h + height.pad) % height.stride; ky < height.kernel; ky += height.stride) {
        const int64_t oh = (h + height.pad - ky) / height.stride;
        if (h + height.pad < ky || oh >= height.out) continue;
        rows.push_back({dy + (n * height.out + oh) * width.out * channels, &weights[ky * width.kernel * channels]});
      }
      T* out = dx + row * width.size * channels;
      // Pixels a stride apart are reached by the same taps, except at the edges.
      for (int64_t first = 0; first < std::min(width.stride, width.size); first++) {
        for (int64_t w = first; w < width.size;) {
          const int64_t before = (w + width.pad) % width.stride;
          int64_t most = 0, least = width.kernel;
          for (int64_t kx = before; kx < width.kernel; kx += width.stride) {
            if (w + width.pad < kx || (w + width.pad - kx) / width.stride >= width.out) continue;
            least = std::min(least, kx);
            most = kx;
          }
          // How many pixels from here on have this first and last tap.
          int64_t alike = 1;
          const int64_t next = w + width.stride;
          const bool whole = least < width.kernel && least == before && most + width.stride >= width.kernel;
          if (whole) alike = std::max<int64_t>(1, std::min((width.size - 1 - w) / width.stride + 1,
                                                          width.out - (w + width.pad - least) / width.stride));
          taps.clear();
          for (const Tap& r : rows) {
            for (int64_t kx = least; kx < width.kernel && kx <= most; kx += width.stride) {
              taps.push_back({r.dy + (w + width.pad - kx) / width.stride * channels, r.weights + kx * channels});
            }
          }
          int64_t done = 0;
          for (; done + kPixels <= alike; done += kPixels) {
            gather<kPixels>(taps, done, channels, width.stride, out + (w + done * width.stride) * channels);
          }
          for (; done < alike; done++) {
            gather<1>(taps, done, channels, width.stride, out + (w + done * width.stride) * channels);
          }
          w = whole ? w + alike * width.stride : next;
        }
      }
    });
  }

 private:
  struct Tap {
    const T* dy;
    const float* weights;
  };
  static constexpr int64_t kPixels = 4;

  // `Pixels` outputs, `stride` apart, from inputs that are adjacent: a weight that is loaded serves all of them.
  template <int64_t Pixels>
  static void gather(const std::vector<Tap>& taps, int64_t skip, int64_t channels, int64_t stride, T* out) {
    for_lanes(channels, [&](int64_t c, auto lanes) {
      using V = decltype(lanes);
      V sums[Pixels] = {};
      for (const Tap& tap : taps) {
        const V weight = load<V>(tap.weights + c);
        const T* dy = tap.dy + skip * channels + c;
        for (int64_t p = 0; p < Pixels; p++) sums[p] = multiply_add(load<V>(dy + p * channels), weight, sums[p]);
      }
      for (int64_t p = 0; p < Pixels; p++) store(out + p * stride * channels + c, sums[p]);
    });
  }

  int64_t size_[2], stride_[2], pad_[2];
};

template <typename T>
class DepthwiseFilterGrad {
 public:
  explicit DepthwiseFilterGrad(Attributes& attributes)
      : kernel_{attributes.integer("kernel_height"), attributes.integer("kernel_width")},
        stride_{attributes.integer("stride_height"), attributes.integer("stride_width")},
        pad_{attributes.integer("pad_top"), attributes.integer("pad_left")} {}

  void run(Call& call) {
    Shape x_shape, dy_shape;
    const T* x = call.input<T>(0, &x_shape);
    const T* dy = call.input<T>(1, &dy_shape);
    if (!call.require(x_shape.size() == 4 && dy_shape.size() == 4,
                      "PodiumDepthwiseFilterGrad: x and dy must be [B,H,W,C]")) {
      return;
    }
    std::vector<Axis> axes;
    if (!axes_of(call, x_shape, dy_shape, kernel_, stride_, pad_, &axes)) return;
    const int64_t channels = x_shape[3], size = kernel_[0] * kernel_[1] * channels;
    float* dw = call.output<float>(0, TF_FLOAT, {kernel_[0], kernel_[1], channels, 1});
    if (!call.ok()) return;
    const Axis &height = axes[0], &width = axes[1];

    const Parts parts(dy_shape[0] * height.out, width.out * channels);
    const std::unique_ptr<float[]> partial(new float[parts.count * size]());
    parts.each([&](int64_t part, int64_t row) {
      const int64_t n = row / height.out, oh = row % height.out;
      const T* dy_row = dy + row * width.out * channels;
      // The rows of x that this one is made of, with the sums of their taps.
      std::vector<Tap> taps;
      for (int64_t ky = 0; ky < height.kernel; ky++) {
        const int64_t h = oh * height.stride + ky - height.pad;
        if (h < 0 || h >= height.size) continue;
        taps.push_back({x + (n * height.size + h) * width.size * channels,
                        partial.get() + part * size + ky * width.kernel * channels});
      }
      add_row(taps, dy_row, width, channels);
    });
    for (int64_t i = 0; i < size; i++) {
      double sum = 0;
      for (int64_t part = 0; part < parts.count; part++) sum += partial[part * size + i];
      dw[i] = static_cast<float>(sum);
    }
  }

 private:
  struct Tap {
    const T* x;
    float* sums;
  };
  static constexpr int64_t kPixels = 8;

  // Adds the products of one row of dy and of the rows of x that it is made of.
  static void add_row(const std::vector<Tap>& taps, const T* dy, const Axis& width, int64_t channels) {
    const int64_t inside = std::min(width.out, width.first(0));
    const int64_t end = std::max(inside, width.last(width.kernel - 1));
    int64_t ow = 0;
    for (; ow < inside; ow++) add_pixel(taps, dy, width, channels, ow);
    for (; ow + kPixels <= end; ow += kPixels) add_pixels(taps, dy, width, channels, ow);
    for (; ow < width.out; ow++) add_pixel(taps, dy, width, channels, ow);
  }

  // Several pixels, for all of which every tap is inside the image.
  static void add_pixels(const std::vector<Tap>& taps, const T* dy, const Axis& width, int64_t channels, int64_t ow) {
    const int64_t start = (ow * width.stride - width.pad) * channels, step = width.stride * channels;
    for_lanes(channels, [&](int64_t c, auto lanes) {
      using V = decltype(lanes);
      V d[kPixels];
      for (int64_t p = 0; p < kPixels; p++) d[p] = load<V>(dy + (ow + p) * channels + c);
      for (const Tap& tap : taps) {
        for (int64_t kx = 0; kx < width.kernel; kx++) {
          const T* in = tap.x + start + kx * channels + c;
          float* sum = tap.sums + kx * channels + c;
          V total = load<V>(sum);
          for (int64_t p = 0; p < kPixels; p++) total = multiply_add(load<V>(in + p * step), d[p], total);
          store(sum, total);
        }
      }
    });
  }

  static void add_pixel(const std::vector<Tap>& taps, const T* dy, const Axis& width, int64_t channels, int64_t ow) {
    for (const Tap& tap : taps) {
      for (int64_t kx = 0; kx < width.kernel; kx++) {
        const int64_t w = ow * width.stride + kx - width.pad;
        if (w < 0 || w >= width.size) continue;
        float* sum = tap.sums + kx * channels;
        for_lanes(channels, [&](int64_t c, auto lanes) {
          using V = decltype(lanes);
          store(sum + c, load<V>(sum + c) + load<V>(tap.x + w * channels + c) * load<V>(dy + ow * channels + c));
        });
      }
    }
  }

  int64_t kernel_[2], stride_[2], pad_[2];
};

}  // namespace

void define_depthwise() {
  const char* type = "T: {float, bfloat16}";
  define_op({"PodiumDepthwiseInputGrad",
             {type, "height: int", "width: int", "stride_height: int", "stride_width: int", "pad_top: int", "pad_left: int"},
             {"dy: T", "filter: T"},
             {"dx: T"}});
  define_kernel<DepthwiseInputGrad<float>>("PodiumDepthwiseInputGrad", TF_FLOAT);
  define_kernel<DepthwiseInputGrad<Bfloat16>>("PodiumDepthwiseInputGrad", TF_BFLOAT16);
  define_op({"PodiumDepthwiseFilterGrad",
             {type, "kernel_height: int", "kernel_width: int", "stride_height: int", "stride_width: int", "pad_top: int",
              "pad_left: int"},
             {"x: T", "dy: T"},
             {"dw: float"}});
  define_kernel<DepthwiseFilterGrad<float>>("PodiumDepthwiseFilterGrad", TF_FLOAT);
  define_kernel<DepthwiseFilterGrad<Bfloat16>>("PodiumDepthwiseFilterGrad", TF_BFLOAT16);
}

}  // namespace podium
