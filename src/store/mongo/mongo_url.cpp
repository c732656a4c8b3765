#include "store/mongo/mongo_url.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "store/mongo/driver.h"

namespace tallygate::store {
namespace {

constexpr std::string_view kScheme = "mongodb://";
constexpr std::string_view kSrvScheme = "mongodb+srv://";

std::string_view scheme_of(std::string_view url) {
    return url.starts_with(kSrvScheme) ? kSrvScheme : kScheme;
}

std::unexpected<Error> refuse(std::string message) {
    return failure(Errc::invalid_argument, "", std::move(message));
}

// The driver takes USER:PASS@WORD@HOST for a user with the password PASS on the host WORD@HOST.
bool has_sound_hosts(const mongoc_uri_t& uri) {
    for (const auto* host = mongoc_uri_get_hosts(&uri); host; host = host->next) {
        if (std::string_view(host->host).contains('@')) return false;
    }
    return true;
}

// Nothing where it is no URL.
MongoUri parse(std::string_view url) {
    bson_error_t why{};  // not for people: it may quote what it did not understand
    MongoUri uri(mongoc_uri_new_with_error(std::string(url).c_str(), &why));
    return uri && has_sound_hosts(*uri) ? std::move(uri) : nullptr;
}

void set_default(mongoc_uri_t& uri, const char* option, int value) {
    if (!mongoc_uri_has_option(&uri, option)) mongoc_uri_set_option_as_int32(&uri, option, value);
}

void set_defaults(mongoc_uri_t& uri) {
    if (!mongoc_uri_has_option(&uri, MONGOC_URI_APPNAME)) mongoc_uri_set_appname(&uri, "tallygate");
    set_default(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 3'000);
    set_default(uri, MONGOC_URI_CONNECTTIMEOUTMS, 5'000);
    set_default(uri, MONGOC_URI_SOCKETTIMEOUTMS, 30'000);
    // A thread that finds no free connection fails instead of waiting for ever.
    set_default(uri, MONGOC_URI_WAITQUEUETIMEOUTMS, 10'000);
    // Retried writes need sessions. Ours are retried by who makes them.
    mongoc_uri_set_option_as_bool(&uri, MONGOC_URI_RETRYWRITES, false);

    mongoc_write_concern_t* concern = mongoc_write_concern_copy(mongoc_uri_get_write_concern(&uri));
    if (mongoc_write_concern_get_w(concern) == MONGOC_WRITE_CONCERN_W_DEFAULT)
        mongoc_write_concern_set_w(concern, MONGOC_WRITE_CONCERN_W_MAJORITY);
    if (!mongoc_write_concern_journal_is_set(concern))
        mongoc_write_concern_set_journal(concern, true);
    mongoc_uri_set_write_concern(&uri, concern);
    mongoc_write_concern_destroy(concern);
}

Result<void> check_database(std::string_view scheme, const char* name) {
    const std::string_view database = name ? name : "";
    if (database.empty()) {
        return refuse(fmt::format(
            "the URL names no database; write it behind the host: {}HOST/tallygate", scheme));
    }
    constexpr std::size_t kLongest = 63;
    if (database.size() > kLongest ||
        database.find_first_of("/\\. \"$*<>:|?") != std::string_view::npos) {
        return refuse(
            "the URL's database has a name that MongoDB does not take; use up to 63 letters, "
            "digits, _ and -");
    }
    for (const std::string_view own : {"admin", "local", "config"}) {
        if (database != own) continue;
        return refuse(fmt::format(
            "the database {} is the server's own; name another behind the host, and who to sign in "
            "against with ?authSource={}",
            own, own));
    }
    return {};
}

// Nothing where the URL names no such file.
Result<std::string> readable_file(const mongoc_uri_t& uri, const char* option,
                                  std::string_view shown) {
    const char* path = mongoc_uri_get_option_as_utf8(&uri, option, nullptr);
    if (!path) return std::string();
    if (access(path, R_OK) == 0) return std::string(path);
    return refuse(fmt::format("{} in the URL names {}: {}", shown, path, error_text(errno)));
}

}  // namespace

bool is_mongo_url(std::string_view url) {
    return url.starts_with(kScheme) || url.starts_with(kSrvScheme);
}

Result<MongoUri> parse_mongo_url(std::string_view url) {
    start_driver();
    const std::string_view scheme = scheme_of(url);
    const DriverSilence silence;
    auto uri = parse(url);
    if (!uri) {
        return refuse(fmt::format(
            "this is no URL of a MongoDB server; write {}[USER:PASSWORD@]HOST/DATABASE[?OPTIONS], "
            "with characters such as / : @ ? % in name or password as %2F %3A %40 %3F %25",
            scheme));
    }
    if (auto checked = check_database(scheme, mongoc_uri_get_database(uri.get())); !checked)
        return std::unexpected(checked.error());
    const mongoc_write_concern_t* concern = mongoc_uri_get_write_concern(uri.get());
    if (!mongoc_write_concern_is_acknowledged(concern)) {
        return refuse("the URL asks for writes that nobody acknowledges; leave w=0 out");
    }
    if (silence.said_something()) {
        log::warn(
            "an option in the URL of `store` is unknown, has a bad value or stands there twice; it "
            "is ignored",
            {{"store", shown_mongo_url(*uri)}});
    }
    set_defaults(*uri);
    return uri;
}

std::string shown_mongo_url(const mongoc_uri_t& uri) {
    const char* srv = mongoc_uri_get_srv_hostname(&uri);
    std::string hosts = srv ? srv : "";
    for (const auto* host = srv ? nullptr : mongoc_uri_get_hosts(&uri); host; host = host->next) {
        if (!hosts.empty()) hosts += ',';
        hosts += host->host_and_port;
    }
    const char* database = mongoc_uri_get_database(&uri);
    return fmt::format("{}{}{}/{}", srv ? kSrvScheme : kScheme,
                       mongoc_uri_get_username(&uri) ? "***@" : "", hosts,
                       database ? database : "");
}

std::string shown_mongo_url(std::string_view url) {
    start_driver();
    const DriverSilence silence;
    const MongoUri uri = parse(url);
    return uri ? shown_mongo_url(*uri) : fmt::format("{}***", scheme_of(url));
}

Result<void> check_tls_files(const mongoc_uri_t& uri) {
    if (!mongoc_uri_get_tls(&uri)) return {};
    const auto authorities = readable_file(uri, MONGOC_URI_TLSCAFILE, "tlsCAFile");
    if (!authorities) return std::unexpected(authorities.error());
    const auto certificate =
        readable_file(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, "tlsCertificateKeyFile");
    if (!certificate) return std::unexpected(certificate.error());
    if (authorities->empty() && certificate->empty()) return {};

    // The driver would find what is wrong with a file's content only when it connects.
    mongoc_ssl_opt_t options{};
    if (!authorities->empty()) options.ca_file = authorities->c_str();
    if (!certificate->empty()) options.pem_file = certificate->c_str();
    options.pem_pwd =
        mongoc_uri_get_option_as_utf8(&uri, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, nullptr);
    const DriverSilence silence;
    mongoc_stream_t* nowhere = mongoc_stream_file_new_for_path("/dev/null", 0, 0);
    mongoc_stream_t* secured = mongoc_stream_tls_new_with_hostname(nowhere, "host", &options, 1);
    mongoc_stream_destroy(secured ? secured : nowhere);
    if (secured) return {};
    return refuse(
        "tlsCAFile or tlsCertificateKeyFile in the URL cannot be used; each must hold PEM, the "
        "second one a certificate and its key, and tlsCertificateKeyFilePassword must fit");
}

}  // namespace tallygate::store
