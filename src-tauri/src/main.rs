//! The window's program. It is also the worker that an import starts to read hostile bytes.

fn main() -> std::process::ExitCode {
    case::worker::run_if_asked();
    desktop::settings_of_the_engine();
    match desktop::Arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => desktop::run(arguments),
        Err(fault) => {
            eprintln!("casebook-desktop: {fault}\n{}", desktop::USAGE);
            std::process::ExitCode::from(2)
        }
    }
}
