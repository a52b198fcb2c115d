#include "cli/app.h"

int main(int argc, char** argv) {
  return assay::RunCommandLine(argc, argv);
}
