// The one place where Asio's own bodies are compiled (ASIO_SEPARATE_COMPILATION).
#include <asio/impl/src.hpp>
