fn main() -> std::process::ExitCode {
    buymode::cli::main()
}
