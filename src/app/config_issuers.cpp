// Whose tokens are taken.
#include <algorithm>

#include <fmt/format.h>

#include "app/config_parts.h"

namespace tallygate::app {
namespace {

struct FoundSecret {
    std::string key;  // that it came by
    Secret secret;
};

// The secret of the issuer at `key`. Empty after a problem was noted, or where there is none.
FoundSecret read_secret(SettingReader& reader, const std::string& key) {
    const std::string text_key = child_key(key, "jwt_secret");
    const std::string file_key = child_key(key, "jwt_secret_file");
    const Setting* text = reader.settings().find(text_key);
    const Setting* file = reader.settings().find(file_key);
    if (text && file && text->place.source == file->place.source) {
        reader.problems().add(
            text_key,
            fmt::format("{} is set too; leave one of them out",
                        file->place.source == Source::file ? file_key : file->place.text));
    }
    if (text && (!file || text->place.source >= file->place.source)) {
        reader.note(text_key, "***", text->place);
        return {text_key, Secret(std::get<std::string>(text->value))};
    }
    if (!file) return {text_key, {}};
    return {file_key, reader.secret_file(file_key)};
}

void note_problems(SettingReader& reader, const auth::IssuerConfig& issuer,
                   const FoundSecret& secret) {
    const std::string secret_line = fmt::format("auth.issuer.{}.jwt_secret: ", issuer.name);
    for (const std::string& line : auth::problems_of(issuer)) {
        if (line.starts_with(secret_line)) {
            reader.problems().add(secret.key, line.substr(secret_line.size()));
        } else {
            reader.problems().add_line(line);
        }
    }
}

auth::IssuerConfig read_issuer(SettingReader& reader, const std::string& name) {
    const std::string key = child_key("auth.issuer", name);
    auth::IssuerConfig issuer;
    issuer.name = name;
    FoundSecret secret = read_secret(reader, key);
    issuer.hmac_secret = secret.secret;
    issuer.issuer = reader.optional_text(child_key(key, "issuer"));
    issuer.audience = reader.optional_text(child_key(key, "audience"));
    issuer.leeway = std::chrono::seconds(
        reader.count(child_key(key, "leeway_seconds"), issuer.leeway.count(), 0, 600));
    for (const auto& [claim, pointer] :
         {std::pair{"user", &issuer.claims.user}, std::pair{"role", &issuer.claims.role},
          std::pair{"tier", &issuer.claims.tier}, std::pair{"team", &issuer.claims.team},
          std::pair{"email", &issuer.claims.email}}) {
        *pointer = reader.text(child_key(child_key(key, "claims"), claim), *pointer);
    }
    issuer.admin_values = reader.texts(child_key(key, "admin_values"), issuer.admin_values);
    note_problems(reader, issuer, secret);
    return issuer;
}

}  // namespace

std::vector<auth::IssuerConfig> read_issuers(SettingReader& reader) {
    std::vector<auth::IssuerConfig> issuers;
    for (const std::string& name : reader.settings().names_under("auth.issuer")) {
        if (!is_plain_name(reader, "auth.issuer", name)) continue;
        const std::string key = child_key("auth.issuer", name);
        if (name == "tallygate") {
            reader.problems().add(key, "this name is Tallygate's own issuer; choose another");
            continue;
        }
        auth::IssuerConfig issuer = read_issuer(reader, name);
        const auto same = std::ranges::find_if(issuers, [&](const auth::IssuerConfig& other) {
            return !issuer.issuer.empty() && other.issuer == issuer.issuer;
        });
        if (same != issuers.end()) {
            reader.problems().add(
                child_key(key, "issuer"),
                fmt::format("auth.issuer.{} has the same; give each its own, or make one of them",
                            same->name));
        } else if (issuer.issuer == "tallygate") {
            reader.problems().add(child_key(key, "issuer"),
                                  "\"tallygate\" is Tallygate's own issuer; choose another");
        }
        issuers.push_back(std::move(issuer));
    }
    return issuers;
}

}  // namespace tallygate::app
