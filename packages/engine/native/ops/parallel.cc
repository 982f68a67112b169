#include "parallel.h"

#include <atomic>
#include <cfenv>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace podium {
namespace {

class Pool {
 public:
  ~Pool() { stop(); }

  void resize(int count) {
    stop();
    stopping_ = false;
    for (int i = 1; i < count; i++) threads_.emplace_back([this, seen = generation_] { serve(seen); });
  }

  void run(int64_t chunks, const std::function<void(int64_t)>& work) {
    if (threads_.empty() || chunks < 2) {
      for (int64_t i = 0; i < chunks; i++) work(i);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      work_ = &work;
      std::fegetenv(&environment_);
      chunks_ = chunks;
      next_ = 0;
      generation_++;
    }
    wake_.notify_all();
    drain();
    // Waits only for threads that have begun: one that wakes late, since another process has its core, finds nothing to do.
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return active_ == 0; });
    work_ = nullptr;
  }

 private:
  void stop() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  void serve(uint64_t seen) {
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
        if (stopping_) return;
        seen = generation_;
        if (work_ == nullptr) continue;
        active_++;
        // TensorFlow runs kernels with denormal numbers flushed to zero; without this, their values would depend on the thread.
        std::fesetenv(&environment_);
      }
      drain();
      std::lock_guard<std::mutex> lock(mutex_);
      if (--active_ == 0) done_.notify_one();
    }
  }

  void drain() {
    for (int64_t i = next_++; i < chunks_; i = next_++) (*work_)(i);
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> threads_;
  const std::function<void(int64_t)>* work_ = nullptr;
  std::atomic<int64_t> next_{0};
  int64_t chunks_ = 0;
  std::fenv_t environment_;
  uint64_t generation_ = 0;
  int active_ = 0;
  bool stopping_ = false;
};

// Never destroyed: at exit, its threads may already be gone, and joining them would hang.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

}  // namespace

void set_threads(int count) { pool().resize(count < 1 ? 1 : count); }

void parallel_for(int64_t chunks, const std::function<void(int64_t)>& work) { pool().run(chunks, work); }

}  // namespace podium
