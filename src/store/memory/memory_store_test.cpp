#include "store/memory/memory_store.h"

#include "store/usage_store_contract.h"

namespace tallygate::store {
namespace {

class MemoryFixture {
public:
    MemoryFixture() : left_(std::make_unique<int>(-1)), store_(make(left_.get())) {}
    UsageStore& store() { return *store_; }
    void cut_after(int writes) { *left_ = writes; }
    // What is in memory is all there is: a restart of the projector alone.
    void reopen() {}

private:
    static std::unique_ptr<MemoryStore> make(int* left) {
        return std::make_unique<MemoryStore>([left] {
            if (*left < 0) return true;
            return (*left)-- != 0;
        });
    }
    std::unique_ptr<int> left_;
    std::unique_ptr<MemoryStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, UsageStoreContract, MemoryFixture);

}  // namespace
}  // namespace tallygate::store
