//! Metas: the golden JSON, round trips, the bounds, and bytes that are none.

use proptest::prelude::*;
use wire::Metas;
use wire::metas::{
    MAX_LEN, MAX_OTHERS, MAX_PARAMETERS, MAX_REGIONS, MetasError, Other, Rectangle, Region, Timecode,
};

const GOLDEN: &str = concat!(
    r#"{"regions":[{"name":"face","id":3,"parent_id":-1,"box":{"x":10,"y":20,"width":30,"height":40},"#,
    r#""parameters":["detection, confidence=(double)0.5;"],"more_parameters":0}],"more_regions":200,"#,
    r#""crop":{"x":2,"y":4,"width":600,"height":400},"#,
    r#""timecode":{"text":"00:01:00;02","framerate":[30000,1001],"daily_jam":"2026-01-02T00:00:00Z"},"#,
    r#""others":[{"name":"GstReferenceTimestampMeta","count":2}],"more_others":1}"#,
);

fn golden() -> Metas {
    Metas {
        regions: vec![Region {
            name: "face".into(),
            id: 3,
            parent_id: -1,
            rectangle: Rectangle { x: 10, y: 20, width: 30, height: 40 },
            parameters: vec!["detection, confidence=(double)0.5;".into()],
            more_parameters: 0,
        }],
        more_regions: 200,
        crop: Some(Rectangle { x: 2, y: 4, width: 600, height: 400 }),
        timecode: Some(Timecode {
            text: "00:01:00;02".into(),
            framerate: (30_000, 1_001),
            daily_jam: Some("2026-01-02T00:00:00Z".into()),
        }),
        others: vec![Other { name: "GstReferenceTimestampMeta".into(), count: 2 }],
        more_others: 1,
    }
}

#[test]
fn the_json_is_this() {
    assert_eq!(String::from_utf8(golden().encode()).unwrap(), GOLDEN);
    assert_eq!(Metas::decode(GOLDEN.as_bytes()).unwrap(), golden());
}

#[test]
fn no_metas_are_no_bytes() {
    assert!(Metas::default().encode().is_empty());
    assert!(Metas::decode(b"").unwrap().is_empty());
}

#[test]
fn unknown_and_missing_keys_are_refused() {
    for (from, to) in [
        (r#""crop""#, r#""crops""#),
        (r#""id":3"#, r#""id":3,"score":1"#),
        (r#""x":10"#, r#""x":-1"#),
        (r#","more_others":1"#, ""),
        (r#","count":2"#, ""),
        (r#""daily_jam""#, r#""jam""#),
    ] {
        let json = GOLDEN.replacen(from, to, 1);
        assert!(matches!(Metas::decode(json.as_bytes()), Err(MetasError::Unreadable(_))), "{json}");
    }
    for len in 1..GOLDEN.len() {
        assert!(Metas::decode(&GOLDEN.as_bytes()[..len]).is_err());
    }
    let long = vec![b' '; MAX_LEN + 1];
    assert!(matches!(Metas::decode(&long), Err(MetasError::TooLong { actual }) if actual == MAX_LEN + 1));
}

#[test]
fn what_is_beyond_the_bounds_is_counted() {
    let region = Region { parameters: vec!["p;".into(); MAX_PARAMETERS + 5], ..Region::default() };
    let metas = Metas {
        regions: vec![region; MAX_REGIONS + 200],
        others: vec![Other { name: "m".into(), count: 3 }; MAX_OTHERS + 2],
        ..Metas::default()
    };
    let metas = Metas::decode(&metas.encode()).unwrap();
    assert_eq!((metas.regions.len(), metas.more_regions), (MAX_REGIONS, 200));
    assert_eq!((metas.regions[0].parameters.len(), metas.regions[0].more_parameters), (MAX_PARAMETERS, 5));
    assert_eq!((metas.others.len(), metas.more_others), (MAX_OTHERS, 6));
}

#[test]
fn the_longest_metas_are_within_the_bound() {
    // A control character takes six bytes of JSON.
    let long = "\u{1}".repeat(5_000);
    let region = Region { name: long.clone(), parameters: vec![long.clone(); 40], ..Region::default() };
    let metas = Metas {
        regions: vec![region; 1_000],
        more_regions: u32::MAX - 1,
        timecode: Some(Timecode {
            text: long.clone(),
            framerate: (u32::MAX, 1),
            daily_jam: Some(long.clone()),
        }),
        others: vec![Other { name: long, count: u32::MAX }; 1_000],
        ..Metas::default()
    };
    let bytes = metas.encode();
    assert!(bytes.len() <= MAX_LEN, "{}", bytes.len());
    let metas = Metas::decode(&bytes).unwrap();
    // Each takes about 100 kB: none fits, and all are counted.
    assert_eq!((metas.regions.len(), metas.more_regions, metas.more_others), (0, u32::MAX, u32::MAX));
    assert!(metas.others[0].name.ends_with('…'));
}

fn rectangle() -> impl Strategy<Value = Rectangle> {
    any::<[u32; 4]>().prop_map(|[x, y, width, height]| Rectangle { x, y, width, height })
}

fn region() -> impl Strategy<Value = Region> {
    (".{0,20}", any::<[i32; 2]>(), rectangle(), prop::collection::vec(".{0,40}", 0..4), any::<u32>())
        .prop_map(|(name, [id, parent_id], rectangle, parameters, more_parameters)| Region {
            name,
            id,
            parent_id,
            rectangle,
            parameters,
            more_parameters,
        })
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        regions in prop::collection::vec(region(), 0..5),
        counts in any::<[u32; 2]>(),
        crop in prop::option::of(rectangle()),
        timecode in prop::option::of((".{0,20}", any::<(u32, u32)>(), prop::option::of(".{0,20}"))),
        others in prop::collection::vec((".{0,20}", any::<u32>()), 0..4),
    ) {
        let metas = Metas {
            regions,
            more_regions: counts[0],
            crop,
            timecode: timecode.map(|(text, framerate, daily_jam)| Timecode { text, framerate, daily_jam }),
            others: others.into_iter().map(|(name, count)| Other { name, count }).collect(),
            more_others: counts[1],
        };
        prop_assert_eq!(Metas::decode(&metas.clone().encode()).unwrap(), metas);
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Metas::decode(&bytes);
    }

    #[test]
    fn flipped_bytes_are_answered(at in 0..GOLDEN.len(), byte in any::<u8>()) {
        let mut bytes = GOLDEN.as_bytes().to_vec();
        bytes[at] = byte;
        if let Ok(metas) = Metas::decode(&bytes) {
            prop_assert_eq!(Metas::decode(&metas.clone().encode()).unwrap(), metas);
        }
    }
}
