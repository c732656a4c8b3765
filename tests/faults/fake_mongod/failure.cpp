#include "failure.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tallygate::fake_mongod {
namespace {

constexpr std::pair<int, std::string_view> kNames[] = {{1, "InternalError"},
                                                       {2, "BadValue"},
                                                       {6, "HostUnreachable"},
                                                       {9, "FailedToParse"},
                                                       {13, "Unauthorized"},
                                                       {14, "TypeMismatch"},
                                                       {18, "AuthenticationFailed"},
                                                       {26, "NamespaceNotFound"},
                                                       {28, "PathNotViable"},
                                                       {40, "ConflictingUpdateOperators"},
                                                       {43, "CursorNotFound"},
                                                       {50, "MaxTimeMSExpired"},
                                                       {59, "CommandNotFound"},
                                                       {64, "WriteConcernFailed"},
                                                       {66, "ImmutableField"},
                                                       {85, "IndexOptionsConflict"},
                                                       {86, "IndexKeySpecsConflict"},
                                                       {89, "NetworkTimeout"},
                                                       {91, "ShutdownInProgress"},
                                                       {100, "UnsatisfiableWriteConcern"},
                                                       {112, "WriteConflict"},
                                                       {189, "PrimarySteppedDown"},
                                                       {262, "ExceededTimeLimit"},
                                                       {352, "UnsupportedOpQueryCommand"},
                                                       {8000, "AtlasError"},
                                                       {10'107, "NotWritablePrimary"},
                                                       {10'334, "BSONObjectTooLarge"},
                                                       {11'000, "DuplicateKey"},
                                                       {11'600, "InterruptedAtShutdown"},
                                                       {11'602, "InterruptedDueToReplStateChange"},
                                                       {13'435, "NotPrimaryNoSecondaryOk"},
                                                       {14'031, "OutOfDiskSpace"}};

}  // namespace

std::string code_name(int code) {
    const auto* found = std::ranges::find(kNames, code, &std::pair<int, std::string_view>::first);
    return found == std::end(kNames) ? fmt::format("Location{}", code) : std::string(found->second);
}

std::string failure_reply(const Failure& failure) {
    BsonWriter reply;
    reply.add("ok", 0.0).add("errmsg", failure.message).add("code", failure.code);
    reply.add("codeName", code_name(failure.code));
    if (failure.details) reply.add_all(view_of(failure.details));
    return reply.take();
}

}  // namespace tallygate::fake_mongod
