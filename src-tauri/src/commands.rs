//! The commands of the page: each hands over to `case::api` on a thread that may block.

use crate::desk::{Desk, failed};
use crate::dialogs;
use case::api::{ApiError, HostRequest, HostResponse, JobProgress, Request, Response};
use std::time::Duration;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};

/// Progress is told at most this often.
const PACE: Duration = Duration::from_millis(120);

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    tauri::async_runtime::spawn_blocking(work).await.map_err(failed)?
}

#[tauri::command]
pub async fn call(app: AppHandle, request: Request) -> Result<Response, ApiError> {
    blocking(move || app.state::<Desk>().call(request)).await
}

#[tauri::command]
pub async fn ask(app: AppHandle, request: HostRequest) -> Result<HostResponse, ApiError> {
    blocking(move || dialogs::answer(&app, request)).await
}

/// Bytes of a source as they are; the longest piece is bounded by `case::api`.
#[tauri::command]
pub async fn bytes(app: AppHandle, source: String, offset: String, length: u32) -> Result<tauri::ipc::Response, ApiError> {
    blocking(move || match app.state::<Desk>().call(Request::Bytes { source, offset, length })? {
        Response::Bytes { base64, .. } => case::api::decoded(&base64).map(tauri::ipc::Response::new),
        _ => Err(failed("no bytes were answered")),
    })
    .await
}

/// Reports a job over the channel until it ends.
#[tauri::command]
pub async fn follow(app: AppHandle, job: u32, channel: Channel<JobProgress>) -> Result<(), ApiError> {
    blocking(move || {
        let session = app.state::<Desk>().session()?;
        loop {
            let Response::Progress { progress } = session.call(Request::Progress { job })? else {
                return Err(failed("no progress was answered"));
            };
            let running = progress.state == "running";
            // A page that went away stops the reports, not the job.
            if channel.send(progress).is_err() || !running {
                return Ok(());
            }
            std::thread::sleep(PACE);
        }
    })
    .await
}
