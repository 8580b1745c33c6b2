//! Devices of the machine, by NVIDIA's management library, which is looked for when the program runs. Without it there
//! are no devices.

use std::ffi::OsStr;

use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use nvml_wrapper::enums::device::UsedGpuMemory;

/// The library, as drivers install it. Its other name, without the number, is that of a development package.
const LIBRARY: &str = "libnvidia-ml.so.1";

/// What a device says of itself. What it does not say is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GpuReading {
    /// Its place among the devices.
    pub index: u32,
    /// Its product name.
    pub name: Option<String>,
    /// Temperature of the chip, in degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Power, in watts.
    pub power_w: Option<f64>,
    /// Memory in use, by anybody, in bytes.
    pub memory_used_bytes: Option<u64>,
    /// Memory, in bytes.
    pub memory_total_bytes: Option<u64>,
    /// Time in which it computed, in parts of one.
    pub utilization: Option<f64>,
}

/// The devices.
#[derive(Debug)]
pub struct Gpus {
    nvml: Nvml,
}

impl Gpus {
    /// The devices of this machine; none without the library or without a driver.
    pub fn open() -> Option<Self> {
        Self::with_library(OsStr::new(LIBRARY))
    }

    fn with_library(library: &OsStr) -> Option<Self> {
        match Nvml::builder().lib_path(library).init() {
            Ok(nvml) => Some(Self { nvml }),
            Err(error) => {
                tracing::debug!("no NVIDIA devices: {error}");
                None
            }
        }
    }

    /// What each device says now.
    pub fn read(&self) -> Vec<GpuReading> {
        let count = self.nvml.device_count().unwrap_or(0);
        let devices = (0..count).filter_map(|index| Some((index, self.nvml.device_by_index(index).ok()?)));
        let read = |(index, device): (u32, nvml_wrapper::Device<'_>)| {
            let memory = device.memory_info().ok();
            GpuReading {
                index,
                name: device.name().ok(),
                temperature_c: device.temperature(TemperatureSensor::Gpu).ok().map(f64::from),
                power_w: device.power_usage().ok().map(|milliwatts| f64::from(milliwatts) / 1e3),
                memory_used_bytes: memory.as_ref().map(|memory| memory.used),
                memory_total_bytes: memory.as_ref().map(|memory| memory.total),
                utilization: device.utilization_rates().ok().map(|rates| f64::from(rates.gpu) / 100.0),
            }
        };
        devices.map(read).collect()
    }

    /// Memory that these processes have on all devices together, in bytes; none where no device says so. In a container with
    /// its own numbers of processes, devices know them by others, and it is 0.
    pub fn memory_of(&self, processes: &[u32]) -> Option<u64> {
        let count = self.nvml.device_count().unwrap_or(0);
        let devices = (0..count).filter_map(|index| self.nvml.device_by_index(index).ok());
        let of_device = |device: nvml_wrapper::Device<'_>| {
            let running = device.running_compute_processes().ok()?;
            let ours = running.into_iter().filter(|process| processes.contains(&process.pid));
            ours.map(|process| match process.used_gpu_memory {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            })
            .sum::<Option<u64>>()
        };
        devices.filter_map(of_device).reduce(u64::saturating_add)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;

    /// A library with one device: 61 degrees, 123.456 W, 3 of 8 GB in use, of which 0.7 by the process that asks and 0.1 by
    /// process 1, and no answer about its load.
    const LIBRARY_SOURCE: &str = r#"
        #include <string.h>
        #include <unistd.h>
        int nvmlInit_v2(void) { return 0; }
        int nvmlShutdown(void) { return 0; }
        int nvmlDeviceGetCount_v2(unsigned *count) { *count = 1; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = (void *)8; return index != 0; }
        int nvmlDeviceGetName(void *device, char *name, unsigned len) { strncpy(name, "Example", len); return 0; }
        int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *value) { *value = 61; return 0; }
        int nvmlDeviceGetPowerUsage(void *device, unsigned *value) { *value = 123456; return 0; }
        struct memory { unsigned version; unsigned long long total, reserved, free, used; };
        int nvmlDeviceGetMemoryInfo_v2(void *device, struct memory *memory) {
            memory->total = 8000000000ull; memory->used = 3000000000ull;
            memory->reserved = 0; memory->free = 5000000000ull; return 0;
        }
        struct process { unsigned pid; unsigned long long used; unsigned gpu, compute; };
        int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *list) {
            unsigned room = *count; *count = 2;
            if (room < 2) return 7;
            list[0] = (struct process) { 1, 100000000ull, 0, 0 };
            list[1] = (struct process) { (unsigned)getpid(), 700000000ull, 0, 0 };
            return 0;
        }
        int nvmlDeviceGetUtilizationRates(void *device, unsigned *rates) { return 3; }
    "#;

    /// The devices of that library, which is built in `folder`.
    pub(crate) fn example(folder: &Path) -> Gpus {
        let (source, library) = (folder.join("nvml.c"), folder.join("libnvml.so"));
        std::fs::write(&source, LIBRARY_SOURCE).unwrap();
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
        assert!(built.unwrap().success());
        Gpus::with_library(library.as_os_str()).expect("it loads")
    }

    #[test]
    fn devices_say_what_they_know() {
        let folder = tempfile::tempdir().unwrap();
        let expected = GpuReading {
            index: 0,
            name: Some("Example".to_owned()),
            temperature_c: Some(61.0),
            power_w: Some(123.456),
            memory_used_bytes: Some(3_000_000_000),
            memory_total_bytes: Some(8_000_000_000),
            utilization: None,
        };
        let gpus = example(folder.path());
        assert_eq!(gpus.read(), [expected]);
        assert_eq!(gpus.memory_of(&[std::process::id(), 77]), Some(700_000_000));
        assert_eq!(gpus.memory_of(&[std::process::id(), 1]), Some(800_000_000));
        assert_eq!(gpus.memory_of(&[77]), Some(0));
    }

    #[test]
    fn without_the_library_there_are_none() {
        assert!(Gpus::with_library(OsStr::new("/nowhere/libnvidia-ml.so.1")).is_none());
    }
}
