pub fn run() {
    let built = tauri::Builder::default().plugin(tauri_plugin_dialog::init()).run(tauri::generate_context!());
    if let Err(e) = built {
        eprintln!("{e}");
    }
}
