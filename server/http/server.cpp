#include "server/http/server.hpp"

#include <utility>

#include "server/http/listener.hpp"

namespace millrace::http {

Server::Server(const ServerParts& parts, ServerOptions options)
    : listener_{std::make_shared<Listener>(parts, std::move(options))} {}

Server::~Server() { listener_->terminate(); }
void Server::stop_accepting() { listener_->stop_accepting(); }

boost::system::error_code Server::listen() { return listener_->listen(); }

std::uint16_t Server::bound_port() const { return listener_->bound_port(); }

std::size_t Server::connection_count() const { return listener_->connection_count(); }

void Server::shutdown(Duration grace, std::function<void()> drained) { listener_->shutdown(grace, std::move(drained)); }

}  // namespace millrace::http
