// Captures what native code writes to stderr while TensorFlow's libraries are loaded: some of it is written before
// TensorFlow reads its log settings. A separate addon, because it has to be loaded first.
#include <node_api.h>
#include <unistd.h>

#include <cstdio>
#include <string>

static FILE* held = nullptr;
static int original = -1;

// hold(): redirects stderr to an unnamed temporary file; does nothing if there is none.
static napi_value Hold(napi_env, napi_callback_info) {
  if (held != nullptr || (held = std::tmpfile()) == nullptr) return nullptr;
  std::fflush(stderr);
  original = dup(STDERR_FILENO);
  if (original < 0 || dup2(fileno(held), STDERR_FILENO) < 0) {
    if (original >= 0) close(original);
    std::fclose(held);
    held = nullptr;
  }
  return nullptr;
}

// release(): string: restores stderr and returns the captured text.
static napi_value Release(napi_env env, napi_callback_info) {
  std::string text;
  if (held != nullptr) {
    std::fflush(stderr);
    dup2(original, STDERR_FILENO);
    close(original);
    std::rewind(held);
    char buffer[4096];
    for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, held)) > 0;) text.append(buffer, n);
    std::fclose(held);
    held = nullptr;
  }
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value hold, release;
  napi_create_function(env, "hold", NAPI_AUTO_LENGTH, Hold, nullptr, &hold);
  napi_create_function(env, "release", NAPI_AUTO_LENGTH, Release, nullptr, &release);
  napi_set_named_property(env, exports, "hold", hold);
  napi_set_named_property(env, exports, "release", release);
  return exports;
}
