//! The worker that has the graphics device: runs networks there, and proves that it computes rightly.
//!
//! Results of a graphics device cannot be waited for in a browser without letting go, so requests are
//! put into an inbox and answered one after another.

use std::collections::BTreeMap;

use astrochroma::pipeline::Network;
use astrochroma::pipeline::on_device::{DeviceError, OnDevice};
use astrochroma::pipeline::self_test::SelfTest;
use astrochroma::pipeline::upscale::Upscaler;
use astrochroma::raster::Raster;
use burn::tensor::Device;
use burn::tensor::wgpu::WgpuBackend;
use js_sys::ArrayBuffer;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::WorkerGlobalScope;

use super::inbox::Inbox;
use super::protocol::{Reply, Request, Size, Speed, Task, Trouble};
use super::worker::{Post, Rows, network_of, not_loaded, plane_of};

/// How many times as long and wide as the test tile the one is whose time is taken: on a small one the
/// way there and back would count for more than the work.
const TIMED: usize = 2;

/// Says hello and answers from then on.
pub fn serve() {
    console_error_panic_hook::set_once();
    let inbox = Inbox::default();
    let requests = inbox.clone();
    let Some(post) = Post::open(move |_, request, buffers| requests.push((request, buffers))) else { return };
    spawn_local(async move {
        let mut desk = match open_device().await {
            Ok(device) => Desk { device, networks: BTreeMap::new() },
            Err(trouble) => return post.say_failure(Err(trouble)),
        };
        loop {
            let (request, buffers) = inbox.next().await;
            post.say_failure(desk.answer(request, &buffers, &post).await);
        }
    });
}

async fn open_device() -> Result<Device, Trouble> {
    let options = Device::wgpu_options().graphics_api(WgpuBackend::WebGpu);
    options.init_async().await.map_err(|error| Trouble::Internal(format!("{error:?}")))
}

struct Desk {
    device: Device,
    networks: BTreeMap<String, (Network, OnDevice)>,
}

impl Desk {
    async fn answer(
        &mut self,
        request: Request,
        buffers: &[ArrayBuffer],
        post: &Post,
    ) -> Result<(), Trouble> {
        match request {
            Request::Load { network } => self.load(network, buffers),
            Request::Test { network, seed, timed } => self.test(&network, seed, timed, post).await,
            Request::Infer { network, size } => self.infer(&network, size, buffers, post).await,
            Request::Upscale(task) => self.upscale(&task, buffers, post).await,
            _ => Err(Trouble::Internal("the graphics device's worker only runs networks".into())),
        }
    }

    fn load(&mut self, id: String, buffers: &[ArrayBuffer]) -> Result<(), Trouble> {
        let (entry, file) = network_of(&id, buffers)?;
        let on_device = OnDevice::load(&entry, &file, &self.device)?;
        self.networks.insert(id, (Network::load(&entry, &file)?, on_device));
        Ok(())
    }

    fn network(&self, id: &str) -> Result<&(Network, OnDevice), Trouble> {
        self.networks.get(id).ok_or_else(|| not_loaded(id))
    }

    async fn test(&self, id: &str, seed: u64, timed: bool, post: &Post) -> Result<(), Trouble> {
        let (network, on_device) = self.network(id)?;
        let start = now();
        let test = SelfTest::new(network, seed)?;
        let worker = (now() - start) * (TIMED * TIMED) as f64;
        let disagreement = test.compare(&on_device.run(test.input()).await?).err();
        let mut speed = None;
        if timed && disagreement.is_none() {
            let (height, width) = (test.input().height * TIMED, test.input().width * TIMED);
            let tile = test.input().padded_by_reflection(height, width);
            on_device.run(&tile).await?;
            let start = now();
            on_device.run(&tile).await?;
            speed = Some(Speed { device: now() - start, worker });
        }
        let disagreement = disagreement.map(|disagreement| disagreement.to_string());
        post.say(&Reply::Tested { disagreement, speed }, &[]);
        Ok(())
    }

    async fn infer(&self, id: &str, size: Size, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        let (network, on_device) = self.network(id)?;
        let input = plane_of(size, network.plan().figure().input_channels(), buffers)?;
        post.say_plane(Reply::Inferred, &on_device.run(&input).await?);
        Ok(())
    }

    /// Enlarges a strip tile by tile and sends the rows as they come.
    async fn upscale(&self, task: &Task, buffers: &[ArrayBuffer], post: &Post) -> Result<(), Trouble> {
        let (network, on_device) = self.network(&task.network)?;
        let cut_out = plane_of(task.size, 3, buffers)?;
        let mut rows = Rows::new(task);
        for tile in Upscaler::new(network)?.tiles(&task.strip, cut_out.height) {
            let input: Raster = tile.input(&cut_out);
            let output = on_device.run(&input).await?;
            rows.send(tile.band(&input, &output)?, post);
        }
        post.say(&Reply::Upscaled { index: task.index }, &[]);
        Ok(())
    }
}

/// Milliseconds, for differences.
fn now() -> f64 {
    let scope = js_sys::global().dyn_into::<WorkerGlobalScope>().ok();
    scope.and_then(|scope| scope.performance()).map_or_else(js_sys::Date::now, |clock| clock.now())
}

impl From<DeviceError> for Trouble {
    fn from(error: DeviceError) -> Trouble {
        Trouble::Internal(error.to_string())
    }
}
