//! The log profiles an order may use, by number.

use super::protocol::{LogChoice, ProfileChoice};
use super::stream::Detected;
use artifacts::Facts;
use artifacts::log::{Candidate, Profile, Profiles, candidates, ends_too_early, may_be_of};

/// Profiles that may be recognised: the built-in ones, then the user's; or only the chosen one.
pub struct ProfileSet {
    builtin: Profiles,
    own: Option<Profile>,
    chosen: Option<usize>,
}

impl ProfileSet {
    pub fn new(choice: &LogChoice) -> Result<Self, String> {
        let mut builtin = Profiles::builtin();
        let (mut own, chosen) = match &choice.profile {
            None => (None, None),
            Some(ProfileChoice::Builtin(name)) => {
                let at = builtin.all().iter().position(|p| p.name() == name);
                (None, Some(at.ok_or_else(|| format!("no built-in log profile is called {name}"))?))
            }
            Some(ProfileChoice::Toml(text)) => {
                let own = Profile::from_toml(text).map_err(|e| e.to_string())?;
                (Some(own), Some(builtin.all().len()))
            }
        };
        if let Some(zone) = choice.zone {
            builtin.assume_zone(zone);
            own.iter_mut().for_each(|p| p.assume_zone(zone));
        }
        Ok(Self { builtin, own, chosen })
    }

    /// In the order of their numbers.
    pub fn all(&self) -> Vec<&Profile> {
        self.builtin.all().iter().chain(self.own.as_ref()).collect()
    }
    pub fn get(&self, number: usize) -> Option<&Profile> {
        self.builtin.all().get(number).or(self.own.as_ref().filter(|_| number == self.builtin.all().len()))
    }

    /// The profile that reads a file, and how it is cut.
    pub fn detect(&self, facts: &Facts<'_>) -> Option<Detected> {
        let Some(chosen) = self.chosen else {
            let best = self.candidates(facts).into_iter().next()?;
            return Some(Detected { number: u16::try_from(best.profile).ok()?, layout: best.layout });
        };
        // What a person chose is taken even where few records fit; those that do not are counted.
        let layout = may_be_of(facts, self.get(chosen)?)?;
        Some(Detected { number: u16::try_from(chosen).ok()?, layout })
    }

    /// Whether the head ends before it tells what reads the file.
    pub fn want_more(&self, facts: &Facts<'_>) -> bool {
        ends_too_early(facts) && self.detect(facts).is_none()
    }

    /// The profiles that read a file, best first.
    pub fn candidates(&self, facts: &Facts<'_>) -> Vec<Candidate> {
        candidates(facts, &self.all())
    }
}
