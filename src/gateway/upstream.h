// An upstream as one loop sees it.
#pragma once

#include "gateway/gateway_config.h"
#include "http/connection_pool.h"

namespace tallygate::gateway {

// Its configuration and the loop's own connections to it. Belongs to the loop's thread.
struct Upstream {
    Upstream(http::EventLoop& loop, http::BlockingPool& blocking, const UpstreamConfig& settings)
        : config(settings),
          pool(loop, blocking,
               {settings.host, settings.port, settings.connect_timeout, settings.pool_idle}) {}

    const UpstreamConfig& config;
    http::ConnectionPool pool;
};

}  // namespace tallygate::gateway
