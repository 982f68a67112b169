// The part of TensorFlow's C API for kernels (tensorflow/c/ops.h and kernels.h) that our ops use. It is declared here
// because those headers include about thirty others that nothing else needs; the C API is stable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

extern "C" {
typedef struct TF_OpDefinitionBuilder TF_OpDefinitionBuilder;
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;

TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char* op_name);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char* spec);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char* spec);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char* spec);
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder*, TF_Status*);

TF_KernelBuilder* TF_NewKernelBuilder(const char* op_name, const char* device_name,
                                      void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));
void TF_KernelBuilder_TypeConstraint(TF_KernelBuilder*, const char* attr_name, const TF_DataType type, TF_Status*);
void TF_RegisterKernelBuilder(const char* kernel_name, TF_KernelBuilder*, TF_Status*);

void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char* name, float* value, TF_Status*);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction*, const char* name, int64_t* value, TF_Status*);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status*);
void TF_GetInput(TF_OpKernelContext*, int i, TF_Tensor** tensor, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int index, TF_DataType dtype, const int64_t* dims, int num_dims,
                             size_t len, TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
}

namespace podium {

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  TF_Status* get() const { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }

 private:
  TF_Status* status_;
};

using Shape = std::vector<int64_t>;

inline int64_t count(const Shape& shape) {
  int64_t n = 1;
  for (int64_t size : shape) n *= size;
  return n;
}

// One call of a kernel, with inputs and outputs by position. Frees the handles when it goes out of scope. After a
// failure, all methods do nothing and ok() is false.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool ok() const { return ok_; }

  template <typename T>
  const T* input(int index, Shape* shape = nullptr) {
    TF_Tensor* tensor = nullptr;
    Status status;
    if (ok_) TF_GetInput(context_, index, &tensor, status.get());
    if (!check(status) || tensor == nullptr) return nullptr;
    tensors_.push_back(tensor);
    if (shape != nullptr) {
      shape->resize(TF_NumDims(tensor));
      for (size_t i = 0; i < shape->size(); i++) (*shape)[i] = TF_Dim(tensor, static_cast<int>(i));
    }
    return static_cast<const T*>(TF_TensorData(tensor));
  }

  template <typename T>
  T* output(int index, TF_DataType type, const Shape& shape) {
    if (!ok_) return nullptr;
    Status status;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, type, shape.data(), static_cast<int>(shape.size()),
                                          sizeof(T) * count(shape), status.get());
    if (!check(status) || tensor == nullptr) return nullptr;
    tensors_.push_back(tensor);
    return static_cast<T*>(TF_TensorData(tensor));
  }

  // Fails the op unless `condition` holds; returns whether it does.
  bool require(bool condition, const std::string& message) {
    if (!ok_ || condition) return ok_;
    Status status;
    TF_SetStatus(status.get(), TF_INVALID_ARGUMENT, message.c_str());
    return check(status);
  }

 private:
  bool check(const Status& status) {
    if (status.ok()) return ok_;
    TF_OpKernelContext_Failure(context_, status.get());
    return ok_ = false;
  }

  TF_OpKernelContext* context_;
  std::vector<TF_Tensor*> tensors_;
  bool ok_ = true;
};

// Reads attributes in a kernel's constructor.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction) {}

  float real(const char* name) {
    float value = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status.get());
    if (!status.ok()) TF_OpKernelConstruction_Failure(construction_, status.get());
    return value;
  }

  int64_t integer(const char* name) {
    int64_t value = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status.get());
    if (!status.ok()) TF_OpKernelConstruction_Failure(construction_, status.get());
    return value;
  }

 private:
  TF_OpKernelConstruction* construction_;
};

// Name, attributes, inputs and outputs of an op, in the syntax of TensorFlow's op registry.
struct OpSpec {
  const char* name;
  std::vector<const char*> attributes;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
};

// Registers an op; throws std::runtime_error if TensorFlow rejects it.
void define_op(const OpSpec& spec);
// Registers a kernel of an op for one element type of its attribute T.
void define_kernel(const char* op, TF_DataType type, void* (*create)(TF_OpKernelConstruction*),
                   void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));

// Registers `Kernel`, a class that is constructed from Attributes and has `void run(Call&)`.
template <typename Kernel>
void define_kernel(const char* op, TF_DataType type) {
  define_kernel(
      op, type,
      [](TF_OpKernelConstruction* construction) -> void* {
        Attributes attributes(construction);
        return new Kernel(attributes);
      },
      [](void* kernel, TF_OpKernelContext* context) {
        Call call(context);
        static_cast<Kernel*>(kernel)->run(call);
      },
      [](void* kernel) { delete static_cast<Kernel*>(kernel); });
}

}  // namespace podium
