// A library that starts and has no driver behind it.

extern "C" {

int nvmlInit_v2() {
  return 9;
}
const char* nvmlErrorString(int) {
  return "Driver Not Loaded";
}
int nvmlDeviceGetCount_v2(unsigned int*) {
  return 1;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int, void**) {
  return 1;
}

}  // extern "C"
