# cmake --install puts the program, the bundled sample and, as component "library", what others build
# on: find_package(assay) gives them the targets assay::tokenizer and assay::scoring.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(assay_config ${CMAKE_INSTALL_LIBDIR}/cmake/assay)
foreach(module base record scoring text tokenizer)
  set_target_properties(assay_${module} PROPERTIES EXPORT_NAME ${module})
  target_compile_features(assay_${module} PUBLIC cxx_std_20)  # the headers need it
  install(TARGETS assay_${module} EXPORT assay
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
endforeach()
# The headers whose library is installed.
foreach(header clock result scoring tokenizer uncertainty)
  install(FILES ${PROJECT_SOURCE_DIR}/include/assay/${header}.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay COMPONENT library)
endforeach()
install(EXPORT assay NAMESPACE assay:: FILE assayTargets.cmake
  DESTINATION ${assay_config} COMPONENT library)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/assayConfig.cmake.in
  ${PROJECT_BINARY_DIR}/assayConfig.cmake INSTALL_DESTINATION ${assay_config})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/assayConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/assayConfig.cmake ${PROJECT_BINARY_DIR}/assayConfigVersion.cmake
  DESTINATION ${assay_config} COMPONENT library)
install(TARGETS assay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
