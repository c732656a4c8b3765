# What every target of ours is compiled and linked with.
add_library(tallygate_options INTERFACE)
target_include_directories(tallygate_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(tallygate_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
                                                   -Wno-missing-designated-field-initializers
                                                   -fno-omit-frame-pointer)
target_link_options(tallygate_options INTERFACE -fuse-ld=lld)
target_compile_definitions(tallygate_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY
                                                       SPDLOG_FMT_EXTERNAL)
if(TALLYGATE_WERROR)
  target_compile_options(tallygate_options INTERFACE -Werror)
endif()
if(TALLYGATE_SANITIZE)
  target_compile_options(tallygate_options INTERFACE -fsanitize=${TALLYGATE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tallygate_options INTERFACE -fsanitize=${TALLYGATE_SANITIZE})
endif()
