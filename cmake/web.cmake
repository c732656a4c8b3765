# The dashboard as a C++ source. Without TALLYGATE_WEB nothing here needs Node.js.
option(TALLYGATE_WEB "Build the dashboard (web/) into the binary; needs Node.js and npm" OFF)
set(TALLYGATE_NODE_VERSION 20.19) # as web/package.json has it

function(tallygate_is_node result program)
  execute_process(COMMAND ${program} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  string(REPLACE "v" "" version "${version}")
  if(version VERSION_LESS TALLYGATE_NODE_VERSION)
    set(${result} FALSE PARENT_SCOPE)
  else()
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

if(TALLYGATE_WEB)
  # What was found once may be gone, or older, by now.
  if(TALLYGATE_NODE)
    tallygate_is_node(is_node ${TALLYGATE_NODE})
    if(NOT is_node)
      unset(TALLYGATE_NODE CACHE)
      unset(TALLYGATE_NPM CACHE)
    endif()
  endif()
  find_program(TALLYGATE_NODE node VALIDATOR tallygate_is_node)
  find_program(TALLYGATE_NPM npm)
  if(NOT TALLYGATE_NODE OR NOT TALLYGATE_NPM)
    message(FATAL_ERROR "The dashboard is built with Node.js ${TALLYGATE_NODE_VERSION} or newer and its npm, and PATH has "
                        "no such two. Put them there, or build without the dashboard: -DTALLYGATE_WEB=OFF")
  endif()
endif()

# tallygate_dashboard_source(FILE) in the folder whose library takes it: makes FILE from the dashboard, or from a page that
# says that there is none.
function(tallygate_dashboard_source file)
  set(folder ${PROJECT_SOURCE_DIR}/src/api/no_dashboard)
  set(made_of ${folder}/index.html)
  if(TALLYGATE_WEB)
    set(folder ${CMAKE_BINARY_DIR}/web)
    set(made_of ${CMAKE_BINARY_DIR}/web.stamp)
    tallygate_build_web(${folder} ${made_of})
  endif()
  add_custom_command(
    OUTPUT ${file}
    COMMAND ${TALLYGATE_PYTHON} -B ${PROJECT_SOURCE_DIR}/tools/embed_web.py ${folder} --out ${file}
    DEPENDS ${made_of} ${PROJECT_SOURCE_DIR}/tools/embed_web.py ${PROJECT_SOURCE_DIR}/tools/cpp_literals.py
    COMMENT "Putting the dashboard into a source"
    VERBATIM)
endfunction()

# Builds web/ into `folder`, once more whenever a source of it changes. The stamp's time is that of the beginning: what
# changes meanwhile is newer.
function(tallygate_build_web folder stamp)
  set(web ${PROJECT_SOURCE_DIR}/web)
  set(install ${PROJECT_SOURCE_DIR}/tools/install_web_packages.py)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/* ${web}/views/* ${web}/public/* ${web}/tools/*)
  list(FILTER sources EXCLUDE REGEX "\\.test\\.")
  # One that was removed or renamed is newer than nothing: the list of them is.
  string(REPLACE ";" "\n" names "${sources}")
  file(CONFIGURE OUTPUT ${stamp}.sources CONTENT "${names}\n")
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${TALLYGATE_PYTHON} -B ${install} --node ${TALLYGATE_NODE} --npm ${TALLYGATE_NPM}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}.begun
    COMMAND ${TALLYGATE_NODE} node_modules/vite/bin/vite.js build --outDir ${folder} --emptyOutDir --logLevel warn
    COMMAND ${CMAKE_COMMAND} -E rename ${stamp}.begun ${stamp}
    DEPENDS ${sources} ${stamp}.sources ${web}/index.html ${web}/vite.config.ts ${web}/tsconfig.json ${web}/package.json
            ${web}/package-lock.json ${install}
    WORKING_DIRECTORY ${web}
    COMMENT "Building the dashboard"
    VERBATIM)
endfunction()
