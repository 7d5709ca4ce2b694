//! The window itself: what it may load, where it may go, and what is dropped on it.

use crate::arguments::Arguments;
use crate::desk::Desk;
use crate::{commands, desk};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use tauri::webview::NewWindowResponse;
use tauri::{App, DragDropEvent, Emitter, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

pub const NAME: &str = "main";
/// Told to the page when evidence is dragged over the window or dropped on it.
const DROP: &str = "evidence-drop";

/// WebKitGTK paints nothing on some drivers unless its DMABUF renderer is off. Call it before any
/// thread exists.
pub fn settings_of_the_engine() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if cfg!(target_os = "linux") && std::env::var_os(SWITCH).is_none() {
        // SAFETY: called by `main` before it starts any thread, so nothing reads the environment.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var(SWITCH, "1");
        }
    }
}

pub fn run(arguments: Arguments) -> ExitCode {
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![commands::call, commands::ask, commands::bytes, commands::follow])
        .setup(move |app| Ok(set_up(app, arguments)?))
        .run(tauri::generate_context!());
    match built {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("casebook-desktop: {error}");
            ExitCode::from(2)
        }
    }
}

fn set_up(app: &mut App, arguments: Arguments) -> Result<(), String> {
    let paths = app.path();
    let settings = paths.app_config_dir().map_err(|e| e.to_string())?;
    let data = paths.app_data_dir().map_err(|e| e.to_string())?;
    let desk = Desk::new(arguments.evidence, &settings, &data);
    if let Some(case) = arguments.case {
        desk.open_first(&case);
    }
    app.manage(desk);
    let window = WebviewWindowBuilder::new(app, NAME, WebviewUrl::App("index.html".into()))
        .title("Casebook")
        .inner_size(1360.0, 860.0)
        .min_inner_size(900.0, 560.0)
        .on_navigation(own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()
        .map_err(|e| e.to_string())?;
    take_drops(&window);
    Ok(())
}

/// Only the embedded interface is ever loaded. On Linux and macOS it has the scheme `tauri`; on
/// Windows it is served as http(s)://tauri.localhost.
fn own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        "about" => url.path() == "blank",
        _ => false,
    }
}

/// Dropped paths stay here; the page gets handles.
fn take_drops(window: &WebviewWindow) {
    let target = window.clone();
    window.on_window_event(move |event| {
        let WindowEvent::DragDrop(event) = event else { return };
        let told = match event {
            DragDropEvent::Enter { .. } => json!({ "kind": "over" }),
            DragDropEvent::Leave => json!({ "kind": "left" }),
            DragDropEvent::Drop { paths, .. } => dropped(&target, paths),
            _ => return,
        };
        // A page that does not listen yet misses a drop; the person drops again.
        let _ = target.emit_to(NAME, DROP, told);
    });
}

fn dropped(window: &WebviewWindow, paths: &[PathBuf]) -> serde_json::Value {
    match window.state::<desk::Desk>().issue(paths) {
        Ok(items) => json!({ "kind": "dropped", "items": items }),
        Err(_) => json!({ "kind": "left" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_else() {
        for address in [
            "https://example.org/",
            "http://127.0.0.1/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:1",
            "tauri://evil/",
        ] {
            assert!(!own_page(&address.parse().unwrap()), "{address}");
        }
        assert!(own_page(&"tauri://localhost/index.html".parse().unwrap()));
    }
}
