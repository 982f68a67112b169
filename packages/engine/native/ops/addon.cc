// Podium's ops, as an addon next to tfjs-node's binding. Loading it registers them with the TensorFlow that the binding
// has loaded; they are then executed by name like other ops.
#include <node_api.h>

#include <exception>
#include <stdexcept>

#include "kernel.h"
#include "parallel.h"

namespace podium {

void define_op(const OpSpec& spec) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(spec.name);
  for (const char* attribute : spec.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  for (const char* input : spec.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : spec.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  Status status;
  TF_RegisterOpDefinition(builder, status.get());
  if (!status.ok()) throw std::runtime_error(TF_Message(status.get()));
}

void define_kernel(const char* op, TF_DataType type, void* (*create)(TF_OpKernelConstruction*),
                   void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*)) {
  TF_KernelBuilder* builder = TF_NewKernelBuilder(op, "CPU", create, compute, destroy);
  Status status;
  TF_KernelBuilder_TypeConstraint(builder, "T", type, status.get());
  if (status.ok()) TF_RegisterKernelBuilder(op, builder, status.get());
  if (!status.ok()) throw std::runtime_error(TF_Message(status.get()));
}

void define_activation();
void define_attention();
void define_batch_norm();
void define_bias();
// Returns whether this CPU supports the op; otherwise it is not defined.
bool define_conv_filter_grad();
void define_depthwise();
void define_dropout();
void define_global_norm();
void define_lamb();
void define_layer_norm();
void define_lerp();
void define_scale();
void define_spatial_mean();
void define_update();

}  // namespace podium

static napi_value SetThreads(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t threads = 1;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (count < 1 || napi_get_value_int32(env, argument, &threads) != napi_ok) {
    napi_throw_type_error(env, nullptr, "setThreads expects a number");
    return nullptr;
  }
  podium::set_threads(threads);
  return nullptr;
}

NAPI_MODULE_INIT() {
  // TensorFlow's registries are global to the process, but every JavaScript thread initializes this module again.
  static bool registered = false, has_filter_grad = false;
  if (!registered) {
    try {
      podium::define_activation();
      podium::define_attention();
      podium::define_batch_norm();
      podium::define_bias();
      has_filter_grad = podium::define_conv_filter_grad();
      podium::define_depthwise();
      podium::define_dropout();
      podium::define_global_norm();
      podium::define_lamb();
      podium::define_layer_norm();
      podium::define_lerp();
      podium::define_scale();
      podium::define_spatial_mean();
      podium::define_update();
    } catch (const std::exception& error) {
      napi_throw_error(env, nullptr, error.what());
      return nullptr;
    }
    registered = true;
  }
  napi_value set_threads, filter_grad;
  napi_create_function(env, "setThreads", NAPI_AUTO_LENGTH, SetThreads, nullptr, &set_threads);
  napi_set_named_property(env, exports, "setThreads", set_threads);
  napi_get_boolean(env, has_filter_grad, &filter_grad);
  napi_set_named_property(env, exports, "hasBfloat16FilterGrad", filter_grad);
  return exports;
}
