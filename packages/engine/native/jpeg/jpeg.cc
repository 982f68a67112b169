// Decodes JPEGs with the decoder inside TensorFlow, libjpeg-turbo behind tensorflow::jpeg::Uncompress. Unlike TensorFlow's op,
// that function counts warnings.
#include <node_api.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#ifdef __linux__
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#endif

// As in tensorflow/core/lib/jpeg/jpeg_mem.h of TensorFlow 2.21, which is not one of its public headers.
struct UncompressFlags {
  int ratio = 1;
  int components = 0;
  bool fancy_upscaling = true;
  bool try_recover_truncated_jpeg = false;
  float min_acceptable_fraction = 1.0;
  int stride = 0;
  int dct_method = 0;
  bool crop = false;
  int crop_x = 0;
  int crop_y = 0;
  int crop_width = 0;
  int crop_height = 0;
};
using Uncompress = uint8_t* (*)(const void*, int, const UncompressFlags&, int64_t*,
                                std::function<uint8_t*(int, int, int)>);
static constexpr char kUncompress[] =
    "_ZN10tensorflow4jpeg10UncompressEPKviRKNS0_15UncompressFlagsEPlSt8functionIFPhiiiEE";
static std::mutex opening;
static Uncompress uncompress = nullptr;

// Gives this thread a table of open files of its own, which is empty: what it prints goes nowhere. False before Linux 5.9, in
// sandboxes that forbid it, and on other systems.
static bool HasNoFiles() {
#ifdef __linux__
  constexpr unsigned kUnshare = 2;
  return syscall(SYS_close_range, 0u, ~0u, kUnshare) == 0;
#else
  return false;
#endif
}

// A thread without files that does one thing at a time for another thread. libjpeg prints its warnings, and TensorFlow has no
// way to stop it; redirecting the process's stderr would affect all its threads.
class SilentThread {
 public:
  SilentThread() : thread_([this] { Run(); }) {}
  ~SilentThread() {
    Do(nullptr);
    thread_.join();
  }
  // Returns after the job is done; false if this system has no such threads, and the job was not done.
  bool Do(std::function<void()> job) {
    std::unique_lock<std::mutex> lock(mutex_);
    job_ = std::move(job);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !waiting_; });
    return silent_;
  }

 private:
  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    silent_ = HasNoFiles();
    for (;;) {
      changed_.wait(lock, [this] { return waiting_; });
      const bool last = job_ == nullptr;
      if (silent_ && !last) job_();
      waiting_ = false;
      changed_.notify_all();
      if (last) return;
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> job_;
  bool waiting_ = false;
  bool silent_ = false;
  std::thread thread_;
};

// Also false if no thread can be started.
static bool InSilence(std::function<void()> job) {
  try {
    static thread_local SilentThread thread;
    return thread.Do(std::move(job));
  } catch (const std::system_error&) {
    return false;
  }
}

// A JPEG, and the rows of its image to decode.
struct Job {
  const uint8_t* bytes = nullptr;
  size_t length = 0;
  uint8_t* pixels = nullptr;
  int channels = 0, width = 0, height = 0, top = 0, rows = 0;
  bool whole = false;
  napi_ref kept[2] = {};
  napi_deferred promise = nullptr;
  napi_async_work work = nullptr;
};

// True if the file is whole, has the expected size and not a single warning.
static bool Decode(const Job& job) {
  UncompressFlags flags;
  flags.components = job.channels;
  // The alternative is to wait for more data, which libjpeg cannot do while it skips rows.
  flags.try_recover_truncated_jpeg = true;
  flags.crop = job.rows < job.height;
  flags.crop_y = job.top;
  flags.crop_width = job.width;
  flags.crop_height = job.rows;
  int64_t warnings = 0;
  const auto allocate = [&job](int width, int height, int channels) {
    const bool fits = width == job.width && height == job.rows && channels == job.channels;
    return fits ? job.pixels : nullptr;
  };
  return uncompress(job.bytes, int(job.length), flags, &warnings, allocate) != nullptr && warnings == 0;
}

static void Execute(napi_env, void* data) {
  Job& job = *static_cast<Job*>(data);
  const bool silent = InSilence([&job] { job.whole = Decode(job); });
  job.whole = job.whole && silent;
}

static void Free(napi_env env, Job* job) {
  for (napi_ref kept : job->kept) {
    if (kept != nullptr) napi_delete_reference(env, kept);
  }
  if (job->work != nullptr) napi_delete_async_work(env, job->work);
  delete job;
}

static void Complete(napi_env env, napi_status, void* data) {
  Job* job = static_cast<Job*>(data);
  napi_value whole = nullptr;
  if (napi_get_boolean(env, job->whole, &whole) == napi_ok) napi_resolve_deferred(env, job->promise, whole);
  Free(env, job);
}

// open(path): boolean: whether the decoder of this TensorFlow library can be used.
static napi_value Open(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  size_t length = 0;
  napi_get_value_string_utf8(env, argument, nullptr, 0, &length);
  std::string path(length, '\0');
  napi_get_value_string_utf8(env, argument, path.data(), length + 1, &length);
  const std::lock_guard<std::mutex> lock(opening);
#ifdef __linux__
  if (uncompress == nullptr) {
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (library != nullptr) uncompress = reinterpret_cast<Uncompress>(dlsym(library, kUncompress));
    // Threads of this addon outlive the Node.js thread that loaded it.
    Dl_info self;
    if (dladdr(reinterpret_cast<void*>(&Open), &self) != 0) dlopen(self.dli_fname, RTLD_LAZY | RTLD_NODELETE);
  }
#endif
  napi_value usable = nullptr;
  napi_get_boolean(env, uncompress != nullptr && InSilence([] {}), &usable);
  return usable;
}

// decode(bytes: Uint8Array, pixels: Uint8Array, numbers: Int32Array): Promise<boolean>. The numbers are channels (1 or 3), width
// and height of the image, and the first row and the number of rows that are written to `pixels`. False if the file is damaged
// or not what the numbers say; `pixels` may hold anything then.
static napi_value Start(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3] = {};
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void* data[3] = {};
  size_t lengths[3] = {};
  for (int i = 0; i < 3; ++i) {
    napi_typedarray_type type;
    const napi_status status =
        napi_get_typedarray_info(env, arguments[i], &type, &lengths[i], &data[i], nullptr, nullptr);
    if (status != napi_ok || type != (i == 2 ? napi_int32_array : napi_uint8_array)) lengths[i] = 0;
  }
  const int32_t* n = static_cast<const int32_t*>(data[2]);
  constexpr int32_t kMaxSide = 65535;
  const bool valid = uncompress != nullptr && lengths[2] == 5 && lengths[0] > 0 && lengths[0] <= (1u << 30) &&
                     (n[0] == 1 || n[0] == 3) && n[1] > 0 && n[1] <= kMaxSide && n[2] <= kMaxSide && n[3] >= 0 &&
                     n[4] > 0 && n[3] <= n[2] - n[4] && lengths[1] >= size_t(n[0]) * n[1] * n[4];
  if (!valid) {
    napi_throw_type_error(env, nullptr, "these are not the arguments of decode, or open was not called");
    return nullptr;
  }
  Job* job = new Job;
  job->bytes = static_cast<const uint8_t*>(data[0]);
  job->length = lengths[0];
  job->pixels = static_cast<uint8_t*>(data[1]);
  job->channels = n[0];
  job->width = n[1];
  job->height = n[2];
  job->top = n[3];
  job->rows = n[4];
  // These fail while the thread is being terminated.
  napi_value promise = nullptr, name = nullptr;
  if (napi_create_string_utf8(env, "jpeg", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, nullptr, name, Execute, Complete, job, &job->work) != napi_ok ||
      napi_create_promise(env, &job->promise, &promise) != napi_ok ||
      napi_create_reference(env, arguments[0], 1, &job->kept[0]) != napi_ok ||
      napi_create_reference(env, arguments[1], 1, &job->kept[1]) != napi_ok ||
      napi_queue_async_work(env, job->work) != napi_ok) {
    Free(env, job);
    return nullptr;
  }
  return promise;
}

NAPI_MODULE_INIT() {
  napi_value open, decode;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, Open, nullptr, &open);
  napi_create_function(env, "decode", NAPI_AUTO_LENGTH, Start, nullptr, &decode);
  napi_set_named_property(env, exports, "open", open);
  napi_set_named_property(env, exports, "decode", decode);
  return exports;
}
