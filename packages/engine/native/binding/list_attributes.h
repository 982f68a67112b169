// Included before tfjs-node's unchanged sources. They can set an op's attribute to a string, but not to a list of
// strings or types, as TensorFlow's fused ops need ("fused_ops", "TArgs"). Here a string that begins with the record
// separator (0x1e) becomes a list, with one item after each separator; if the items begin with the unit separator
// (0x1f), it is a list of types, by number.
#ifndef PODIUM_LIST_ATTRIBUTES_H_
#define PODIUM_LIST_ATTRIBUTES_H_

#include <stddef.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tensorflow/c/eager/c_api.h"

static inline void PodiumSetAttrString(TFE_Op* op, const char* name, const void* value, size_t length) {
  const char kSeparator = '\x1e';
  const char* text = static_cast<const char*>(value);
  if (length == 0 || text[0] != kSeparator) {
    TFE_OpSetAttrString(op, name, value, length);
    return;
  }
  std::vector<const void*> items;
  std::vector<size_t> lengths;
  const char* end = text + length;
  for (const char* start = text + 1; start <= end;) {
    const void* found = std::memchr(start, kSeparator, end - start);
    const char* stop = found == nullptr ? end : static_cast<const char*>(found);
    items.push_back(start);
    lengths.push_back(stop - start);
    start = stop + 1;
  }
  if (lengths[0] > 0 && *static_cast<const char*>(items[0]) == '\x1f') {
    std::vector<TF_DataType> types;
    for (size_t i = 0; i < items.size(); i++) {
      const std::string digits(static_cast<const char*>(items[i]), lengths[i]);
      types.push_back(static_cast<TF_DataType>(std::strtol(digits.c_str() + 1, nullptr, 10)));
    }
    TFE_OpSetAttrTypeList(op, name, types.data(), static_cast<int>(types.size()));
    return;
  }
  TFE_OpSetAttrStringList(op, name, items.data(), lengths.data(), static_cast<int>(items.size()));
}

#define TFE_OpSetAttrString PodiumSetAttrString

#endif
