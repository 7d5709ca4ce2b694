fn main() { desktop::run() }
