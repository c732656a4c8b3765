// The keys that configuration has, and what each takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/settings.h"
#include "base/result.h"

namespace tallygate::app {

enum class KeyKind : std::uint8_t {
    text,
    secret,       // a text that is never shown
    flag,         // true or false
    count,        // a whole number from 0
    seconds,      // a number from 0, fractions too
    size,         // bytes: a whole number, or "4 GiB"
    tokens,       // a whole number from 0, or "unlimited"
    texts,        // a list of texts
    unsupported,  // known, but not taken by this version
};

struct KnownKey {
    // Names from the outside in, joined by dots; `*` stands for any one name.
    std::string_view pattern;
    KeyKind kind = KeyKind::text;
    std::string_view instead = {};  // of unsupported: the mend
};

// The key that `path` names; null where there is none.
const KnownKey* find_key(const KeyPath& path);
// Whether `path` names a table that holds keys or tables.
bool is_table(const KeyPath& path);
// What to say of a value or a table at a path that takes none: "there is no such key", with what
// was probably meant.
std::string unknown_key_text(const KeyPath& path);

// The path that an environment variable's name stands for: TALLYGATE_JOURNAL__SYNC and the short
// forms. Nothing where it stands for none; lists of tables cannot be set that way.
std::optional<KeyPath> path_of_variable(std::string_view name);

// `value` as `kind` wants it: texts that came from the environment or a flag are read as numbers,
// lists and so on; sizes become bytes. Fails with invalid_argument, saying what is wrong and the
// mend.
Result<SettingValue> value_for(const KnownKey& key, const SettingValue& value, Source source);

}  // namespace tallygate::app
