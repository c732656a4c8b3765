#include "store/memory/memory_store.h"

#include "store/usage_store_contract.h"

namespace tallygate::store {
namespace {

template <bool kByRun>
class MemoryFixture {
public:
    MemoryFixture() : left_(std::make_unique<int>(-1)), store_(make(left_.get())) {}
    UsageStore& store() { return *store_; }
    void cut_after(int writes) { *left_ = writes; }
    // What is in memory is all there is: a restart of the projector alone.
    void reopen() {}

private:
    static std::unique_ptr<MemoryStore> make(int* left) {
        return std::make_unique<MemoryStore>(
            [left] {
                if (*left < 0) return true;
                return (*left)-- != 0;
            },
            MemoryStoreOptions{.totals_by_run = kByRun});
    }
    std::unique_ptr<int> left_;
    std::unique_ptr<MemoryStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, UsageStoreContract, MemoryFixture<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(SharedMemory, UsageStoreContract, MemoryFixture<true>);

}  // namespace
}  // namespace tallygate::store
